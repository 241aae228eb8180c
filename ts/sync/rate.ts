/**
 * How often something may happen. A token bucket, after `golang.org/x/time/rate`.
 *
 * @module
 */

import { type Context, isContext } from '../context.js';
import { RateExceeded, argumentError, checkFunction, checkMillis, checkObject, rangeError } from '../errors.js';
import { StaysHere } from '../internal/stays-here.js';
import { sleep } from '../time.js';

/** No limit. */
export const Inf = Infinity;

/**
 * The limit of one event every `ms` milliseconds.
 *
 * @param ms milliseconds; for 0 or less there is no limit, {@link Inf}
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `ms`
 * @example
 * const limiter = new rate.Limiter(rate.every(250), 1); // four a second
 */
export function every(ms: number): number {
  const period = checkMillis('ms', ms);
  return period === 0 ? Inf : 1000 / period;
}

/** What a {@link Limiter} may be told. */
export interface LimiterOptions {
  /** The clock, in milliseconds, for tests. @default performance.now */
  readonly now?: () => number;
}

/**
 * A promise that an event may happen, later.
 *
 * @example
 * const reserved = new rate.Limiter(100, 10).reserve();
 * if (reserved.delay() > 50) reserved.cancel();
 * else await sleep(reserved.delay());
 */
export interface Reservation {
  /** Whether it can ever happen: not if it asks for more than the burst, or the limit is 0. */
  readonly ok: boolean;
  /** Milliseconds from now until it may happen; Infinity if never. */
  delay(): number;
  /** The event will not happen: gives back what no later reservation counts on. */
  cancel(): void;
}

interface Reserved {
  readonly ok: boolean;
  readonly tokens: number;
  readonly at: number;
  readonly limit: number;
}

/**
 * Lets `limit` events a second happen, and up to `burst` at once. For one isolate: in several, each has
 * its own.
 *
 * @example
 * const limiter = new rate.Limiter(100, 10);
 * for (const request of requests) {
 *   await limiter.wait(ctx);
 *   void send(request);
 * }
 * if (!limiter.allow()) console.log('busy');
 * const later = limiter.reserve(2); // two more, later.delay() milliseconds from now
 * limiter.setLimit(50);
 * limiter.setBurst(5);
 */
export class Limiter extends StaysHere {
  readonly #now: () => number;
  #limit: number;
  #burst: number;
  #tokens: number;
  /** When `#tokens` was right. */
  #last: number;
  /** When the latest reservation may act. */
  #lastEvent = -Infinity;

  /**
   * @param limit events a second, 0 or more; `rate.Inf` for no limit, `rate.every(ms)` for an interval
   * @param burst how many may happen at once; a whole number
   * @param options the clock
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
   */
  constructor(limit: number, burst: number, options: LimiterOptions = {}) {
    super();
    checkObject('options', options);
    const { now = () => performance.now() } = options;
    checkFunction('now', now);
    this.#now = now;
    this.#limit = checkLimit(limit);
    this.#burst = checkCount('burst', burst);
    this.#tokens = burst;
    this.#last = now();
  }

  /** Events a second. */
  get limit(): number {
    return this.#limit;
  }

  /** Events at once. */
  get burst(): number {
    return this.#burst;
  }

  /** Events that may happen now. Negative: so many are waited for. */
  get tokens(): number {
    return this.#advanced(this.#now());
  }

  /**
   * Changes the limit. What is reserved keeps its time.
   * @param limit events a second, as for the constructor
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `limit`
   */
  setLimit(limit: number): void {
    checkLimit(limit);
    this.#settle();
    this.#limit = limit;
  }

  /**
   * Changes the burst. What is reserved keeps its time.
   * @param burst how many may happen at once; a whole number
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `burst`
   */
  setBurst(burst: number): void {
    checkCount('burst', burst);
    this.#settle();
    this.#burst = burst;
  }

  /**
   * Whether `n` events may happen now; counts them if so.
   * @param n a whole number
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `n`
   */
  allow(n = 1): boolean {
    return this.#reserve(checkCount('n', n), 0).ok;
  }

  /**
   * Counts `n` events that will happen after the reservation's delay.
   * @param n a whole number
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `n`
   */
  reserve(n = 1): Reservation {
    const reserved = this.#reserve(checkCount('n', n), Infinity);
    return {
      ok: reserved.ok,
      delay: () => (reserved.ok ? Math.max(reserved.at - this.#now(), 0) : Infinity),
      cancel: () => this.#cancel(reserved),
    };
  }

  /**
   * Waits until `n` events may happen.
   * @param ctx ends the wait; what was reserved is given back then
   * @param n a whole number
   * @throws RateExceeded (rejects), at once, when `n` is more than the burst, or the wait would be longer
   *   than the context's deadline allows, or for ever
   * @throws the context's cause (rejects) if it ends first
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` (rejects) for an argument
   */
  async wait(ctx?: Context, n = 1): Promise<void> {
    checkCount('n', n);
    if (ctx !== undefined && !isContext(ctx)) throw argumentError('ctx', 'a context', ctx);
    if (n > this.#burst && this.#limit !== Inf) {
      throw new RateExceeded(`rate: Wait(n=${n}) exceeds limiter's burst ${this.#burst}`);
    }
    ctx?.throwIfDone();
    const deadline = ctx?.deadline();
    const longest = deadline === undefined ? Infinity : deadline.getTime() - Date.now();
    const reserved = this.#reserve(n, longest);
    if (!reserved.ok) {
      throw new RateExceeded(
        deadline === undefined
          ? `rate: Wait(n=${n}) would wait for ever: the limit is ${this.#limit}`
          : `rate: Wait(n=${n}) would exceed context deadline`,
      );
    }
    const delay = reserved.at - this.#now();
    if (delay <= 0) return;
    try {
      await sleep(delay, ctx);
    } catch (error) {
      this.#cancel(reserved);
      throw error;
    }
  }

  #reserve(n: number, longestWait: number): Reserved {
    const now = this.#now();
    const limit = this.#limit;
    if (limit === Inf) return { ok: true, tokens: n, at: now, limit };
    const tokens = this.#advanced(now) - n;
    // Nothing to wait for is not 0 / 0.
    const wait = tokens < 0 ? (-tokens / limit) * 1000 : 0;
    const ok = n <= this.#burst && wait <= longestWait && wait !== Infinity;
    const at = now + wait;
    if (ok) {
      this.#last = now;
      this.#tokens = tokens;
      this.#lastEvent = at;
    }
    return { ok, tokens: n, at, limit };
  }

  #cancel({ ok, tokens, at, limit }: Reserved): void {
    const now = this.#now();
    if (!ok || this.#limit === Inf || tokens === 0 || at < now) return;
    // What was reserved after it counts on a part of its tokens.
    const free = tokens - ((this.#lastEvent - at) / 1000) * limit;
    if (free <= 0) return;
    this.#tokens = Math.min(this.#burst, this.#advanced(now) + free);
    this.#last = now;
    if (at === this.#lastEvent) {
      const before = at - (tokens / limit) * 1000;
      if (before >= now) this.#lastEvent = before;
    }
  }

  /** The tokens there are at `now`. A clock that went back brings none. */
  #advanced(now: number): number {
    const passed = Math.max(now - this.#last, 0);
    return Math.min(this.#burst, this.#tokens + (passed / 1000) * this.#limit);
  }

  /** Brings the count up to date, before the numbers change. */
  #settle(): void {
    const now = this.#now();
    if (this.#limit !== Inf) this.#tokens = this.#advanced(now);
    this.#last = now;
  }
}

/** When {@link Sometimes} calls: if any of these says so. With none, only the first time. */
export interface SometimesOptions {
  /** The first so many times. @default 0 */
  readonly first?: number;
  /** Every so many times, the first included; 0: never for this reason. @default 0 */
  readonly every?: number;
  /** If the last call was so many milliseconds ago; 0: never for this reason. @default 0 */
  readonly interval?: number;
  /** The clock, in milliseconds, for tests. @default performance.now */
  readonly now?: () => number;
}

/**
 * Calls a function not every time: for logs.
 * @example
 * const now_and_then = new rate.Sometimes({ first: 3, interval: 10_000 });
 * now_and_then.do(() => console.warn('queue is full'));
 */
export class Sometimes extends StaysHere {
  readonly #rules: Required<SometimesOptions>;
  #times = 0;
  #last = -Infinity;

  /**
   * @param options when it calls; the default is the first time only
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an option
   */
  constructor(options: SometimesOptions = {}) {
    super();
    checkObject('options', options);
    const { first = 0, every: each = 0, interval = 0, now = () => performance.now() } = options;
    checkFunction('now', now);
    for (const [name, value] of Object.entries({ first, every: each, interval })) {
      if (typeof value !== 'number') throw argumentError(name, 'a number', value);
      if (Number.isNaN(value)) throw rangeError(name, 'a number', value);
    }
    this.#rules = { first, every: each, interval, now };
  }

  /**
   * Calls `fn` or not.
   * @param fn called at once, without arguments
   * @throws what `fn` throws
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   */
  do(fn: () => void): void {
    checkFunction('fn', fn);
    const { first, every: each, interval, now } = this.#rules;
    const time = now();
    const calls =
      this.#times === 0 ||
      this.#times < first ||
      (each > 0 && this.#times % each === 0) ||
      (interval > 0 && time - this.#last >= interval);
    this.#times++;
    if (!calls) return;
    if (interval > 0) this.#last = time;
    fn();
  }
}

function checkLimit(limit: unknown): number {
  if (typeof limit !== 'number') throw argumentError('limit', 'events a second', limit);
  if (!(limit >= 0)) throw rangeError('limit', '0 or more events a second', limit);
  return limit;
}

function checkCount(name: string, count: unknown): number {
  if (typeof count !== 'number') throw argumentError(name, 'a whole number', count);
  if (!Number.isInteger(count) || count < 0) {
    throw rangeError(name, 'a whole number, 0 or more', count);
  }
  return count;
}
