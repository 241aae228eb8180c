/** The errors that the library throws. Every one has a stable `code`. */

import { isRevoked } from './internal/instance.js';

/** The codes of {@link GoPanic}. */
export type GoPanicCode =
  | 'ERR_SEND_ON_CLOSED'
  | 'ERR_CLOSE_OF_CLOSED'
  | 'ERR_CHAN_CAPACITY'
  | 'ERR_NEGATIVE_WAITGROUP'
  | 'ERR_TICKER_INTERVAL'
  | 'ERR_ERRGROUP_LIMIT'
  | 'ERR_UNLOCK_OF_UNLOCKED'
  | 'ERR_SEMAPHORE_RELEASE'
  | 'ERR_MAP_UPDATE'
  | 'ERR_SYNC_ON_MAIN'
  | 'ERR_SYNC_TOO_MANY'
  | 'ERR_SYNC_DEADLOCK'
  | 'ERR_BAD_HANDLE'
  | 'ERR_NOT_KILLABLE'
  | 'ERR_NOT_ON_MAIN';

/**
 * What Go would panic with: a mistake in the program, not a condition to handle.
 *
 * The message is Go's text where Go has one (`send on closed channel`).
 */
export class GoPanic extends Error {
  override readonly name = 'GoPanic';
  /** Stable, for programs. */
  readonly code: GoPanicCode;
  /**
   * The memory of buffers that were to move with a value (`move`) and that a send had taken before it
   * failed: new buffers, in the order in which they are in the value.
   */
  moved?: readonly ArrayBuffer[];

  constructor(code: GoPanicCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** `ctx.err()` of a context that was cancelled. Go: `context.Canceled`. */
export class Canceled extends Error {
  override readonly name = 'Canceled';
  /** Stable, for programs. */
  readonly code = 'ERR_CONTEXT_CANCELED';

  constructor(message = 'context canceled') {
    super(message);
  }
}

/** `ctx.err()` of a context whose deadline has passed. Go: `context.DeadlineExceeded`. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
  /** Stable, for programs. */
  readonly code = 'ERR_CONTEXT_DEADLINE_EXCEEDED';
  /** It reports itself as a timeout, as Go's does to network code. */
  readonly timeout = true;

  constructor(message = 'context deadline exceeded') {
    super(message);
  }
}

/**
 * A value cannot be sent to another isolate. `path` names the part that cannot, from `value` on:
 * `value.user.socket`.
 */
export class DataCloneError extends Error {
  override readonly name = 'DataCloneError';
  /** Stable, for programs. */
  readonly code = 'ERR_DATA_CLONE';
  /** The part, from `value` or the argument's name on. */
  readonly path: string;
  /** What is wrong with that part. */
  readonly why: string;

  constructor(path: string, why: string, options?: ErrorOptions) {
    super(`${path} cannot be sent to another isolate: ${why}`, options);
    this.path = path;
    this.why = why;
  }

  /** @internal The same, where what was called `value` has a better name. */
  under(name: string): DataCloneError {
    return new DataCloneError(this.path.replace(/^value/, name), this.why, { cause: this.cause });
  }
}

/** The codes of {@link MoveError}. */
export type MoveCode =
  | 'ERR_MOVE_DETACHED'
  | 'ERR_MOVE_PART'
  | 'ERR_MOVE_PINNED'
  | 'ERR_MOVE_SHARED';

/** A buffer that cannot change its owner. */
export class MoveError extends Error {
  override readonly name = 'MoveError';
  /** Stable, for programs. */
  readonly code: MoveCode;
  /** As {@link GoPanic.moved}. */
  moved?: readonly ArrayBuffer[];

  constructor(code: MoveCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * What `goexit` throws: no error, but the end of a goroutine. Whoever catches it throws it again.
 *
 * @example
 * await go.local(() => {
 *   try {
 *     goexit();
 *   } catch (error) {
 *     if (error instanceof Goexit) throw error;
 *     console.error(error);
 *   }
 * });
 */
export class Goexit extends Error {
  override readonly name = 'Goexit';
  /** Stable, for programs. */
  readonly code = 'ERR_GOEXIT';

  constructor() {
    super(
      'goexit() ends the goroutine that calls it: it was called outside a goroutine, or in a callback',
    );
  }
}

/**
 * Nothing can happen any more, and the main program waits: what its operations reject with if
 * `onDeadlock('throw')` asked for it.
 */
export class Deadlock extends Error {
  override readonly name = 'Deadlock';
  /** Stable, for programs. */
  readonly code = 'ERR_DEADLOCK';
  /** What every goroutine waits for. */
  readonly report: string;

  constructor(report: string) {
    super('all goroutines are asleep - deadlock!');
    this.report = report;
  }
}

/** A job for a pool that was closed. */
export class PoolClosed extends Error {
  override readonly name = 'PoolClosed';
  /** Stable, for programs. */
  readonly code = 'ERR_POOL_CLOSED';

  constructor() {
    super('the pool is closed: submit before close()');
  }
}

/** A limiter will not let so much happen, or not in time. */
export class RateExceeded extends Error {
  override readonly name = 'RateExceeded';
  /** Stable, for programs. */
  readonly code = 'ERR_RATE_EXCEEDED';
}

/** A circuit breaker refuses a call: open, or half-open with as many under way as it lets through. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';
  /** Stable, for programs: whether it is open, or half-open with enough under way. */
  readonly code: 'ERR_BREAKER_OPEN' | 'ERR_BREAKER_BUSY';

  constructor(code: 'ERR_BREAKER_OPEN' | 'ERR_BREAKER_BUSY', breaker: string) {
    const what = code === 'ERR_BREAKER_OPEN' ? 'circuit breaker is open' : 'too many requests';
    super(breaker === '' ? what : `${breaker}: ${what}`);
    this.code = code;
  }
}

/**
 * Why an isolate ended:
 * - `exit`: `process.exit` was called there, or its last handler ended it; see `exitCode`
 * - `uncaught`: an error in a callback, or a rejection, that nothing caught; it is the `cause`
 * - `memory`: it reached the limit of its heap
 * - `terminated`: the program ended its thread, with `worker.terminate()`
 * - `killed`: `stop` had to end it to end another goroutine
 * - `shutdown`: `shutdown` ended it
 * - `unknown`: `memory` or `terminated`; the thread that would know was too busy to say
 */
export type IsolateEnd =
  | 'exit'
  | 'uncaught'
  | 'memory'
  | 'terminated'
  | 'killed'
  | 'shutdown'
  | 'unknown';

const ENDS: Readonly<Record<IsolateEnd, string>> = {
  exit: 'process.exit() was called there',
  uncaught: 'nothing caught an error there (see cause)',
  memory: 'it ran out of memory',
  terminated: 'the program terminated its thread',
  killed: 'another goroutine there was killed',
  shutdown: 'the runtime was shut down',
  unknown: 'it ran out of memory, or the program terminated its thread',
};

/**
 * The isolate in which a goroutine lived has ended, and the goroutine with it. Goroutines elsewhere go on.
 */
export class IsolateDied extends Error {
  override readonly name = 'IsolateDied';
  /** Stable, for programs. */
  readonly code = 'ERR_ISOLATE_DIED';
  /** What happened. */
  readonly reason: IsolateEnd;
  /** The number of the isolate; undefined if the goroutine had not started. */
  readonly isolate: number | undefined;
  /** With which code, if it was `exit`. */
  readonly exitCode: number | undefined;
  /** The number of the goroutine, where its owner is told. */
  readonly goroutine: number | undefined;

  constructor(
    reason: IsolateEnd,
    isolate: number | undefined,
    options?: ErrorOptions & { exitCode?: number },
  ) {
    const which = isolate === undefined ? 'before it started' : `because isolate ${isolate} ended`;
    super(`the goroutine was lost, ${which}: ${ENDS[reason]}`, options);
    this.reason = reason;
    this.isolate = isolate;
    this.exitCode = options?.exitCode;
    this.goroutine = undefined;
  }
}

/** A goroutine did not end when it was asked to, and `stop` ended it with its isolate. */
export class GoroutineKilled extends Error {
  override readonly name = 'GoroutineKilled';
  /** Stable, for programs. */
  readonly code = 'ERR_GOROUTINE_KILLED';
  /** Its number. */
  readonly goroutine: number;

  constructor(goroutine: number, options?: ErrorOptions) {
    super(`goroutine ${goroutine} was killed: it had not ended when its time was over`, options);
    this.goroutine = goroutine;
  }
}

/** A goroutine could not be started: isolates end before they can run anything. */
export class IsolateUnavailable extends Error {
  override readonly name = 'IsolateUnavailable';
  /** Stable, for programs. */
  readonly code = 'ERR_NO_ISOLATE';

  constructor(options?: ErrorOptions) {
    super('the goroutine did not start: isolates end before they can run anything (see cause)', options);
  }
}

/** A mistaken argument, reported at the call. */
export function argumentError(name: string, expected: string, got: unknown): TypeError {
  return Object.assign(
    new TypeError(`${name} must be ${expected}; got ${shown(got)} (${typeof got})`),
    { code: 'ERR_INVALID_ARG_TYPE' as const },
  );
}

/** What an error says of a value. Looking at one may throw: a revoked proxy, a getter. */
function shown(value: unknown): string {
  try {
    if (typeof value === 'function') return value.name || 'one without a name';
    if (typeof value !== 'object' || value === null) return String(value);
    return String((value as { constructor?: { name?: unknown } }).constructor?.name);
  } catch {
    return 'a value that cannot be looked at';
  }
}

/** A number outside of what it may be. */
export function rangeError(name: string, expected: string, got: number | bigint): RangeError {
  return Object.assign(new RangeError(`${name} must be ${expected}; got ${got}`), {
    code: 'ERR_OUT_OF_RANGE' as const,
  });
}

/** Checks that something is an object whose fields can be read, as options are. */
export function checkObject(name: string, object: unknown): void {
  if (typeof object === 'object' && object !== null && !isRevoked(object)) return;
  throw argumentError(name, 'an object', object);
}

/** Checks that something is a function. */
export function checkFunction(name: string, fn: unknown): void {
  if (typeof fn !== 'function') throw argumentError(name, 'a function', fn);
}

/** Checks a yes or no: a text that is taken for one would be a mistake that nobody sees. */
export function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw argumentError(name, 'true or false', value);
}

/** Checks a whole number that counts something. */
export function checkCount(name: string, count: unknown, least: number, most: number): number {
  if (Number.isInteger(count) && (count as number) >= least && (count as number) <= most) {
    return count as number;
  }
  const expected = `a whole number from ${least} to ${most}`;
  if (typeof count !== 'number') throw argumentError(name, expected, count);
  throw rangeError(name, expected, count);
}

/** Checks a duration in milliseconds. Negative ones count as 0, as in Go. */
export function checkMillis(name: string, ms: unknown): number {
  if (typeof ms !== 'number') throw argumentError(name, 'a number of milliseconds', ms);
  if (Number.isNaN(ms)) throw rangeError(name, 'a number of milliseconds', ms);
  return Math.max(ms, 0);
}
