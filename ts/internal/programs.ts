/** Functions as the scheduler knows them: each distinct one is registered once and has a number. */

import type { Program } from './code/program.js';
import { native } from './native.js';
import { Word, words } from './page.js';

const I = words;

/** Loaded when first needed: isolates that only run goroutines come up sooner without it. */
let describeModule: typeof import('./code/describe.js') | undefined;

const byFunction = new WeakMap<object, number>();
const byProgram = new Map<string, number>();

/**
 * The number of a function's program.
 * @param above whose caller counts as the place where the function is used
 */
export function programOf(fn: (...args: never[]) => unknown, above: Function): number {
  const known = byFunction.get(fn);
  if (known !== undefined) return known;
  describeModule ??= require('./code/describe.js') as typeof import('./code/describe.js');
  const program = describeModule.describe(fn, above);
  let number = byProgram.get(program.key);
  if (number === undefined) {
    number = register(program);
    byProgram.set(program.key, number);
  }
  byFunction.set(fn, number);
  return number;
}

function register(program: Program): number {
  native.register(JSON.stringify(program));
  return I[Word.Program] as number;
}

/** The program of a number that another isolate registered. */
export function programText(number: number): Program {
  I[Word.Program] = number;
  return JSON.parse(native.program()) as Program;
}
