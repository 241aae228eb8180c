/** Functions as the scheduler knows them: each distinct one is registered once and has a number. */

import type { Captured } from './code/closure.js';
import { lazyCapture } from './code/lazy.js';
import type { CapturingFunction, Program } from './code/program.js';
import { native } from './native.js';
import { Word, words } from './page.js';

const I = words;

/** A function that is ready to be started elsewhere. */
export interface Ready {
  /** The number of its program. */
  readonly program: number;
  readonly captured: Captured;
}

/** Only the first function of each place: to remember all of a flood costs more than to ask again. */
const byFunction = new WeakMap<Function, Ready>();
const byCaptured = new WeakMap<Captured, Ready>();
const byProgram = new Map<string, number>();

/**
 * Captures a function, which is once for a function that captures only what stays the same.
 * @param above whose caller counts as the place where the function is used
 */
export function readyOf(fn: (...args: never[]) => unknown, above: Function): Ready {
  const known = byFunction.get(fn);
  if (known !== undefined) return known;
  const captured = lazyCapture().capture(fn, above);
  if (!captured.isFixed) return { program: numberOf(captured.program), captured };
  let ready = byCaptured.get(captured);
  if (ready === undefined) {
    ready = { program: numberOf(captured.program), captured };
    byCaptured.set(captured, ready);
    byFunction.set(fn, ready);
  }
  return ready;
}

/** The same, with values given by name. */
export function readyWith(
  given: ReadonlyMap<string, unknown>,
  fn: (...args: never[]) => unknown,
  above: Function,
): Ready {
  const captured = lazyCapture().captureWith(given, fn, above);
  return { program: numberOf(captured.program), captured };
}

function numberOf(program: Program): number {
  let number = byProgram.get(program.key);
  if (number === undefined) {
    number = register(program);
    byProgram.set(program.key, number);
  }
  return number;
}

function register(program: Program): number {
  native.register(JSON.stringify(program));
  native.titleProgram(titleOf(program));
  return I[Word.Program] as number;
}

/** What reports call a program: the function's name, and on a second line where it is written. */
function titleOf(program: Program): string {
  switch (program.kind) {
    case 'closure':
      return titleOf((program.functions[0] as CapturingFunction).text);
    case 'text':
      return `${program.name || '(anonymous)'}\n${program.url ?? '(unknown)'}:${program.line}:${program.column}`;
    case 'export':
      return `${program.name}\n${program.url}`;
    case 'native':
      return `(native)\n${program.key}`;
  }
}

/** The program of a number that another isolate registered. */
export function programText(number: number): Program {
  I[Word.Program] = number;
  return JSON.parse(native.program()) as Program;
}
