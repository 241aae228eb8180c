/**
 * Looking at the scheduler. After Go's package `runtime`.
 *
 * @module gosched/runtime
 */

import { Goexit, argumentError, rangeError } from './errors.js';
import { native } from './internal/native.js';
import { Word, words } from './internal/page.js';
import { loopTurn } from './internal/pump.js';

export { Goexit } from './errors.js';
export { shutdown, start } from './shutdown.js';
export type { Runtime, RuntimeOptions, ShutdownOptions } from './shutdown.js';
export { stop } from './stop.js';
export type { StopOptions } from './stop.js';

const I = words;

/** The largest GOMAXPROCS. */
const MAX_PROCS = 64;

/**
 * How many goroutines run JavaScript or Rust at the same time, and so how many worker isolates are
 * started at most. The default is what the machine or container offers; the environment variable
 * `GOMAXPROCS` overrides it.
 *
 * @param n sets it, from 1 to 64; 0 or nothing only asks. Isolates beyond a smaller number sleep.
 * @returns what it was before
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `n`
 * @example
 * for (let n = 0; n < GOMAXPROCS(); n++) void go(work, jobs);
 */
export function GOMAXPROCS(n = 0): number {
  if (typeof n !== 'number') throw argumentError('n', 'a whole number', n);
  if (!Number.isInteger(n) || n < 0 || n > MAX_PROCS) {
    throw rangeError('n', `a whole number from 1 to ${MAX_PROCS}, or 0 to ask`, n);
  }
  I[Word.Count] = n;
  native.procs();
  return I[Word.Count] as number;
}

/**
 * How many goroutines are alive in the whole process, the main program not counted.
 *
 * @example
 * console.log(`${numGoroutine()} goroutines`);
 */
export function numGoroutine(): number {
  native.goroutines();
  return I[Word.Count] as number;
}

/**
 * Yields: lets other goroutines of this isolate, and its event loop, have a turn.
 *
 * @example
 * for (const file of files) {
 *   readAndCount(file);
 *   await gosched();
 * }
 */
export function gosched(): Promise<void> {
  return loopTurn();
}

/**
 * Ends the goroutine that calls it, after its `finally` blocks and `using` declarations. Whoever awaits
 * the goroutine gets `undefined`: ending early is no failure, and a group or a wait group counts it as
 * done.
 *
 * It throws a {@link Goexit}, which the goroutine's edge knows. Code between that catches everything must
 * throw it again. A `finally` block that throws ends the goroutine by its own error instead.
 *
 * It must be called by the goroutine itself: in a callback, or in the main program, what it throws is an
 * uncaught error.
 *
 * @throws Goexit always
 * @example
 * const root = (n: number): number => {
 *   if (n < 0) goexit();
 *   return Math.sqrt(n);
 * };
 * console.log(await go(root, 4), await go(root, -1)); // 2 undefined
 */
export function goexit(): never {
  throw new Goexit();
}
