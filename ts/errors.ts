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
  | 'ERR_BAD_HANDLE';

/**
 * What Go would panic with: a mistake in the program, not a condition to handle.
 *
 * The message is Go's text where Go has one (`send on closed channel`).
 */
export class GoPanic extends Error {
  override readonly name = 'GoPanic';
  /** Stable, for programs. */
  readonly code: GoPanicCode;

  constructor(code: GoPanicCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** `ctx.err()` of a context that was cancelled. Go: `context.Canceled`. */
export class Canceled extends Error {
  override readonly name = 'Canceled';
  readonly code = 'ERR_CONTEXT_CANCELED';

  constructor(message = 'context canceled') {
    super(message);
  }
}

/** `ctx.err()` of a context whose deadline has passed. Go: `context.DeadlineExceeded`. */
export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
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
  readonly code = 'ERR_DATA_CLONE';
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

/** A job for a pool that was closed. */
export class PoolClosed extends Error {
  override readonly name = 'PoolClosed';
  readonly code = 'ERR_POOL_CLOSED';

  constructor() {
    super('the pool is closed: submit before close()');
  }
}

/** A limiter will not let so much happen, or not in time. */
export class RateExceeded extends Error {
  override readonly name = 'RateExceeded';
  readonly code = 'ERR_RATE_EXCEEDED';
}

/** A circuit breaker refuses a call: open, or half-open with as many under way as it lets through. */
export class BreakerOpen extends Error {
  override readonly name = 'BreakerOpen';
  readonly code: 'ERR_BREAKER_OPEN' | 'ERR_BREAKER_BUSY';

  constructor(code: 'ERR_BREAKER_OPEN' | 'ERR_BREAKER_BUSY', breaker: string) {
    const what = code === 'ERR_BREAKER_OPEN' ? 'circuit breaker is open' : 'too many requests';
    super(breaker === '' ? what : `${breaker}: ${what}`);
    this.code = code;
  }
}

/** The isolate in which a goroutine lived has ended, and the goroutine with it. */
export class IsolateDied extends Error {
  override readonly name = 'IsolateDied';
  readonly code = 'ERR_ISOLATE_DIED';

  constructor(goroutine: string) {
    super(
      `${goroutine} was lost: its isolate ended (process.exit in a goroutine, an uncaught error ` +
        'in a callback, or out of memory). Other goroutines go on; a new isolate is started when ' +
        'there is work.',
    );
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
