/**
 * Putting a closure together in the isolate that runs it: each function is made from the values of
 * what it captures, those it depends on first.
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

/** A closure, ready to be made from the values that a goroutine brings. */
export class Closure {
  readonly values: number;
  readonly #functions: ClosureProgram['functions'];
  readonly #makers: readonly Maker[];
  readonly #fixed: readonly (readonly unknown[])[];
  readonly #order: readonly number[];

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
    this.#order = dependenciesFirst(program);
  }

  /** The function, with copies of its own of all that it captures. */
  make(values: readonly unknown[]): Function {
    const made: (Made | undefined)[] = [];
    for (const index of this.#order) {
      made[index] = this.#makers[index]!(this.#valuesFor(index, values, made));
    }
    this.#functions.forEach(({ captures }, index) => {
      let next = 0;
      for (const { source } of captures) {
        if (source.from !== 'function') continue;
        made[index]!.set[next++]!(made[source.index]!.fn);
      }
    });
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
      // Of functions that need each other, one comes first and gets the other afterwards. A class
      // may use what it captures at once, which is why this is not left for all to the setters.
      return source.from === 'function' ? made[source.index]?.fn : fixed[n];
    });
  }
}

function dependenciesFirst({ functions }: ClosureProgram): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const visit = (index: number): void => {
    if (seen.has(index)) return;
    seen.add(index);
    for (const { source } of functions[index]!.captures) {
      if (source.from === 'function') visit(source.index);
    }
    order.push(index);
  };
  visit(0);
  return order;
}
