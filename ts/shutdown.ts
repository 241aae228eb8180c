/** Settings of the whole runtime, and its end. */

import type { ResourceLimits } from 'node:worker_threads';

import { GoPanic, argumentError, checkMillis } from './errors.js';
import { endIsolates, forgetIsolates, killIsolates, limitIsolates } from './internal/isolates.js';
import { Role, native, role } from './internal/native.js';
import { Double, Word, doubles, words } from './internal/page.js';

const I = words;
const F = doubles;

/** How often it is looked whether all goroutines have ended, in milliseconds. Nothing waits for it but an end. */
const LOOK_EVERY = 5;

/** What {@link start} sets. */
export interface RuntimeOptions {
  /**
   * How long an isolate in which no goroutine lives is kept, in milliseconds; `Infinity`: for ever. One that
   * is needed again takes 50 to 80 ms to come up and has an empty module cache. One in which a goroutine
   * left a server, a timer or a parked receive is kept. The environment variable `GOSCHED_IDLE_TIME` sets
   * the default.
   * @default 30000
   */
  readonly idleTime?: number;
  /**
   * Limits of the isolates that are started from now on, as for Node's `Worker`. An isolate that reaches
   * them ends, and its goroutines with it: an `IsolateDied` with the reason `memory`. V8 cannot promise
   * that; a single allocation that is far too large may still end the process.
   * @default Node's
   */
  readonly resourceLimits?: ResourceLimits;
  /** How {@link shutdown} goes when the runtime is disposed of. */
  readonly shutdown?: ShutdownOptions;
}

/** How {@link shutdown} goes. */
export interface ShutdownOptions {
  /**
   * How long goroutines have to end by themselves, in milliseconds. Cancel the context they were given first.
   * @default 0
   */
  readonly grace?: number;
}

/** A runtime that ends with its block: `await using rt = start()`. */
export interface Runtime extends AsyncDisposable {
  /** See {@link shutdown}. */
  shutdown(options?: ShutdownOptions): Promise<number>;
}

/**
 * Sets what holds for the whole runtime. Nothing need be started by hand: the first `go` does it. It is for
 * programs that set something, or that want goroutines to end with a block.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` for an option
 * @throws GoPanic `ERR_NOT_ON_MAIN` outside of the main thread
 * @example
 * await using rt = start({ idleTime: 5_000, shutdown: { grace: 1_000 } });
 * console.log(await go(() => 6 * 7));
 */
export function start(options: RuntimeOptions = {}): Runtime {
  mustBeMain('start');
  const { idleTime, resourceLimits, shutdown: how } = options;
  const grace = graceOf(how);
  if (idleTime !== undefined) setIdleTime(checkMillis('options.idleTime', idleTime));
  if (resourceLimits !== undefined) {
    if (typeof resourceLimits !== 'object' || resourceLimits === null) {
      throw argumentError('options.resourceLimits', 'an object', resourceLimits);
    }
    limitIsolates(resourceLimits);
  }
  return {
    shutdown,
    [Symbol.asyncDispose]: async () => void (await shutdown({ grace })),
  };
}

/**
 * Ends all goroutines and isolates. A program need not call it: a process exits when nothing is left to do.
 *
 * Waits for goroutines to end, for `grace` milliseconds. Those left are lost: each rejects with an
 * `IsolateDied` whose reason is `shutdown`. `go.local` goroutines share this thread and go on. The next `go`
 * starts the runtime anew.
 *
 * @returns how many goroutines were lost
 * @throws GoPanic `ERR_NOT_ON_MAIN` (rejects) outside of the main thread
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` (rejects) for an option
 * @example
 * const lost = await shutdown({ grace: 1_000 });
 * if (lost > 0) console.error(`${lost} goroutines did not listen`);
 */
export async function shutdown(options: ShutdownOptions = {}): Promise<number> {
  mustBeMain('shutdown');
  await quiet(graceOf(options));
  const lost = alive();
  if (lost === 0) await endIsolates();
  else await killIsolates();
  forgetIsolates();
  return lost;
}

function graceOf(options: ShutdownOptions | undefined): number {
  return checkMillis('options.grace', options?.grace ?? 0);
}

function mustBeMain(what: string): void {
  if (role === Role.Main) return;
  throw new GoPanic('ERR_NOT_ON_MAIN', `${what}() must be called on the main thread`);
}

function setIdleTime(ms: number): void {
  F[Double.Number2] = Number.isFinite(ms) ? ms : -1;
  native.setIdleTime();
}

/** Goroutines that live, or will, in isolates that can be ended. */
function alive(): number {
  native.elsewhere();
  return I[Word.Count] as number;
}

async function quiet(grace: number): Promise<void> {
  const until = performance.now() + grace;
  while (alive() > 0 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
