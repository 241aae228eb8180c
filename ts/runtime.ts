/**
 * Looking at the scheduler. After Go's package `runtime`.
 *
 * @module gosched/runtime
 */

import { argumentError, checkCount, checkObject, Goexit, rangeError } from './errors.js';
import { type DeadlockAction, dumpText, setDeadlockAction } from './internal/deadlock.js';
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

/** How much {@link dump} says. */
export interface DumpOptions {
  /**
   * As the `debug` parameter of Go's goroutine profile. 1: goroutines that do the same are one entry,
   * with their number. 2: each for itself, with what it waits for and who waits for the same.
   * @default 2
   */
  readonly debug?: 1 | 2;
}

/**
 * What every goroutine of the process does, as text: its number, why and for how long it waits, on which
 * channel or lock, and the function that it runs. The main program is goroutine 0.
 *
 * Start the program with `GOSCHED_TRACEBACK=1` to have also where each was created and where it waits;
 * that costs some microseconds at each `go` and each operation that waits. With
 * `GOSCHED_DUMP_SIGNAL=SIGUSR2` (or `SIGQUIT`, which is Ctrl-\\ at a terminal, or `SIGHUP`) the process
 * writes the dump to stderr whenever it gets the signal, even while its event loops are stuck. Not on
 * Windows.
 *
 * @param options how much it says
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an option
 * @example
 * console.error(dump({ debug: 1 }));
 */
export function dump(options: DumpOptions = {}): string {
  checkObject('options', options);
  const { debug = 2 } = options;
  return dumpText(checkCount('options.debug', debug, 1, 2) as 1 | 2);
}

export type { DeadlockAction };

/**
 * What happens when every goroutine waits for another, nothing in any isolate can change that (no timer,
 * socket, child process or other work is under way), and the main program is in the middle of a top-level
 * `await` for an operation of this package.
 *
 * - `'exit'`: `fatal error: all goroutines are asleep - deadlock!` and the {@link dump} are written to
 *   stderr, and the process ends with exit code 2, as in Go. What is so from the start.
 * - `'throw'`: the operations that are parked on the main thread reject with a `Deadlock`, so that the
 *   program can go on.
 * - a function: called with the text instead of writing it, when the process exits, with exit code 2
 *   unless it sets another. It cannot wait for anything.
 *
 * Goroutines that wait for each other's locks while others go on are a warning: docs/diagnosis.md.
 *
 * For the main thread. A program that has no top-level `await` pending has ended, as in Go, whatever its
 * goroutines wait for; so has one in CommonJS.
 *
 * @param action what is to be done
 * @returns what it was before
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for anything else
 * @example
 * onDeadlock((report) => fs.writeFileSync('deadlock.txt', report));
 */
export function onDeadlock(action: DeadlockAction): DeadlockAction {
  if (action !== 'exit' && action !== 'throw' && typeof action !== 'function') {
    throw argumentError('action', "'exit', 'throw' or a function", action);
  }
  return setDeadlockAction(action);
}
