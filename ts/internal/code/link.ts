/**
 * Putting a closure together in the isolate that runs it: each function is made from the values of
 * what it captures. Functions may need each other, so some get theirs afterwards, by setters.
 */
import type { Capture, ClosureProgram } from './program.js';

/** Assigns a captured name inside an evaluated function's scope. */
export type Setter = (value: unknown) => void;

/** A function, and the setters of those of its names that can be assigned. */
export interface Made {
  readonly fn: Function;
  readonly set: readonly Setter[];
}

type Maker = (values: readonly unknown[]) => Made;

/** The captured names that may have to be assigned once the function is there: functions. */
export function assignableOf(captures: readonly Capture[]): string[] {
  return captures.filter((one) => one.source.from === 'function').map((one) => one.name);
}

/** Where a function is captured: by which other one, and which of that one's setters is for it. */
interface User {
  readonly index: number;
  readonly setter: number;
}

/** A closure, ready to be made from the values that a goroutine brings. */
export class Closure {
  readonly values: number;
  readonly #functions: ClosureProgram['functions'];
  readonly #makers: readonly Maker[];
  readonly #fixed: readonly (readonly unknown[])[];
  readonly #order: readonly number[];
  readonly #users: readonly (readonly User[])[];

  /** @param fixed The values, function by function, of names that come from outside */
  constructor(
    program: ClosureProgram,
    makers: readonly Maker[],
    fixed: readonly (readonly unknown[])[],
  ) {
    this.values = program.values;
    this.#functions = program.functions;
    this.#makers = makers;
    this.#fixed = fixed;
    this.#order = linkOrder(program);
    this.#users = usersOf(program);
  }

  /** The function, with copies of its own of all that it captures. */
  make(values: readonly unknown[]): Function {
    const made: (Made | undefined)[] = [];
    for (const index of this.#order) {
      const one = this.#makers[index]!(this.#valuesFor(index, values, made));
      made[index] = one;
      // At once, because a class that comes later may call what uses it.
      for (const user of this.#users[index]!) made[user.index]?.set[user.setter]!(one.fn);
    }
    return made[0]!.fn;
  }

  #valuesFor(
    index: number,
    values: readonly unknown[],
    made: readonly (Made | undefined)[],
  ): unknown[] {
    const fixed = this.#fixed[index]!;
    return this.#functions[index]!.captures.map(({ source }, n) => {
      if (source.from === 'value') return values[source.slot];
      return source.from === 'function' ? made[source.index]?.fn : fixed[n];
    });
  }
}

/** Who captures each function. */
function usersOf({ functions }: ClosureProgram): User[][] {
  const users: User[][] = functions.map(() => []);
  functions.forEach(({ captures }, index) => {
    let setter = 0;
    for (const { source } of captures) {
      if (source.from === 'function') users[source.index]!.push({ index, setter: setter++ });
    }
  });
  return users;
}

/**
 * The order to make functions in. Making a function runs nothing, so it may lack what it captures
 * until that is made in turn. Making a class runs what it extends and its static parts: before it
 * come, in full, the functions and classes that these name, with all that those capture.
 */
function linkOrder({ functions }: ClosureProgram): number[] {
  const order: number[] = [];
  const made = new Set<number>();
  const complete = new Set<number>();
  const make = (index: number): void => {
    if (made.has(index)) return;
    made.add(index);
    const { captures, eager } = functions[index]!;
    for (const name of eager) {
      const source = captures.find((one) => one.name === name)?.source;
      if (source?.from === 'function') finish(source.index);
    }
    order.push(index);
  };
  const finish = (index: number): void => {
    if (complete.has(index)) return;
    complete.add(index);
    make(index);
    for (const { source } of functions[index]!.captures) {
      if (source.from === 'function') finish(source.index);
    }
  };
  finish(0);
  return order;
}
