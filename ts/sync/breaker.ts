/**
 * `Breaker`: stops calling what fails again and again, and tries it now and then. A circuit breaker in
 * the spirit of Sony's gobreaker.
 *
 * *Closed*, it lets everything through and counts; when `readyToTrip` says so after a failure, it opens.
 * *Open*, it refuses everything, for `timeout` milliseconds. *Half-open*, it lets `maxRequests` through:
 * if as many in a row succeed it closes, at the first failure it opens again. Each change starts a new
 * generation: a call that began before a change does not count after it. With `bucketPeriod` the counts of
 * a closed breaker are those of a window that rolls on, instead of starting anew with each interval.
 */

import {
  BreakerOpen,
  argumentError,
  checkFunction,
  checkMillis,
  checkObject,
  rangeError,
} from '../errors.js';
import { StaysHere } from '../internal/stays-here.js';
import { WindowCounts, type BreakerCounts, type Outcome } from './breaker-counts.js';

export type { BreakerCounts } from './breaker-counts.js';

/** What a breaker does with calls. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** How a {@link Breaker} decides. */
export interface BreakerOptions {
  /** For messages. @default "" */
  readonly name?: string;
  /** Calls let through at a time while half-open, and successes that close it. @default 1 */
  readonly maxRequests?: number;
  /** Milliseconds after which the counts of a closed breaker start anew; 0: never. @default 0 */
  readonly interval?: number;
  /**
   * Milliseconds. If set, the counts of a closed breaker are those of the last `interval`, in buckets of
   * this length, and do not start anew: `{ interval: 30_000, bucketPeriod: 3_000 }` sums ten buckets.
   * The interval is rounded up to a multiple of it; there are at most 10,000 buckets.
   * @default 0 the counts start anew with each interval
   */
  readonly bucketPeriod?: number;
  /** Milliseconds that it stays open. @default 60000 */
  readonly timeout?: number;
  /** Asked after a failure while closed. @default more than 5 failures in a row */
  readonly readyToTrip?: (counts: BreakerCounts) => boolean;
  /** Told of each change. @default nobody is */
  readonly onStateChange?: (name: string, from: BreakerState, to: BreakerState) => void;
  /** Whether an error counts as a success, as a 404 may. @default none does */
  readonly isSuccessful?: (error: unknown) => boolean;
  /** Whether an error counts as nothing, as a cancellation may. Asked first. @default none does */
  readonly isExcluded?: (error: unknown) => boolean;
  /** The clock, in milliseconds, for tests. @default performance.now */
  readonly now?: () => number;
}

/**
 * A circuit breaker, for one isolate.
 *
 * @example
 * const breaker = new Breaker({ name: 'payments', timeout: 5_000 });
 * const receipt = await breaker.execute(() => payments.charge(order));
 * const report = breaker.allow(); // for what is no function
 * report();
 */
export class Breaker extends StaysHere {
  readonly #options: Required<BreakerOptions>;
  #state: BreakerState = 'closed';
  #counts: WindowCounts;
  #generation = 0;
  /** When this generation began. */
  #start = 0;
  /** When an open breaker tries again, or the counts of a closed one start anew. */
  #expiry = 0;

  /**
   * @param options how it decides; all may be left out
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an option
   */
  constructor(options: BreakerOptions = {}) {
    super();
    checkObject('options', options);
    this.#options = withDefaults(options);
    this.#counts = this.#renew();
  }

  /** Its name. */
  get name(): string {
    return this.#options.name;
  }

  /** Its state now. */
  get state(): BreakerState {
    this.#refresh();
    return this.#state;
  }

  /** A copy of its counts. */
  get counts(): BreakerCounts {
    this.#refresh();
    return this.#counts.read();
  }

  /**
   * Calls `fn`, if it may, and counts how that ends.
   * @param fn what it returns is awaited
   * @throws BreakerOpen (rejects), without calling it, while open, or half-open with enough under way
   * @throws what `fn` throws (rejects)
   */
  async execute<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    checkFunction('fn', fn);
    const report = this.allow();
    try {
      const value = await fn();
      report();
      return value;
    } catch (error) {
      report(error ?? new Error(String(error)));
      throw error;
    }
  }

  /**
   * Asks for leave to do something that is no function; report how it ended, once, with the error if it
   * failed. A report after a change of state, and a second one, are ignored.
   * @throws BreakerOpen as {@link execute}
   */
  allow(): (error?: unknown) => void {
    this.#refresh();
    const { name, maxRequests } = this.#options;
    if (this.#state === 'open') throw new BreakerOpen('ERR_BREAKER_OPEN', name);
    if (this.#state === 'half-open' && this.#counts.read().requests >= maxRequests) {
      throw new BreakerOpen('ERR_BREAKER_BUSY', name);
    }
    const age = this.#counts.begin();
    const generation = this.#generation;
    let reported = false;
    return (error) => {
      if (reported) return;
      reported = true;
      this.#report(generation, age, error);
    };
  }

  #report(generation: number, age: number, error: unknown): void {
    // First, as it runs the program's own functions, which may change the state.
    const outcome = this.#outcomeOf(error);
    this.#refresh();
    if (generation !== this.#generation) return;
    this.#counts.end(age, outcome);
    const { maxRequests, readyToTrip } = this.#options;
    if (outcome === 'success') {
      const enough = this.#counts.read().consecutiveSuccesses >= maxRequests;
      if (this.#state === 'half-open' && enough) this.#become('closed');
    } else if (outcome === 'failure') {
      if (this.#state === 'half-open' || readyToTrip(this.#counts.read())) this.#become('open');
    }
  }

  #outcomeOf(error: unknown): Outcome {
    if (error === undefined) return 'success';
    const { isExcluded, isSuccessful } = this.#options;
    if (isExcluded(error)) return 'excluded';
    return isSuccessful(error) ? 'success' : 'failure';
  }

  /** What the time that has passed changes. No timer runs for it. */
  #refresh(): void {
    const { bucketPeriod, now } = this.#options;
    const time = now();
    if (time >= this.#expiry) {
      if (this.#state === 'open') this.#become('half-open');
      else this.#counts = this.#renew();
    } else if (this.#rolls) {
      this.#counts.rollTo(Math.floor((time - this.#start) / bucketPeriod));
    }
  }

  /** Whether the counts are those of a rolling window, which are only those of a closed breaker. */
  get #rolls(): boolean {
    return this.#state === 'closed' && this.#options.bucketPeriod > 0;
  }

  #become(state: BreakerState): void {
    const from = this.#state;
    this.#state = state;
    this.#counts = this.#renew();
    this.#options.onStateChange(this.#options.name, from, state);
  }

  /** Begins a generation. Returns its counts. */
  #renew(): WindowCounts {
    const { bucketPeriod, interval, now } = this.#options;
    this.#generation++;
    this.#start = now();
    this.#expiry = this.#expiryAfter(this.#start);
    return new WindowCounts(this.#rolls ? Math.max(Math.ceil(interval / bucketPeriod), 1) : 1);
  }

  #expiryAfter(start: number): number {
    const { interval, timeout } = this.#options;
    if (this.#state === 'open') return start + timeout;
    return this.#state === 'closed' && interval > 0 && !this.#rolls ? start + interval : Infinity;
  }
}

/** More than any use has; they are allocated at once. */
const MAX_BUCKETS = 10_000;

function withDefaults(options: BreakerOptions): Required<BreakerOptions> {
  const given = {
    name: '',
    maxRequests: 1,
    interval: 0,
    bucketPeriod: 0,
    timeout: 60_000,
    readyToTrip: (counts: BreakerCounts) => counts.consecutiveFailures > 5,
    onStateChange: () => undefined,
    isSuccessful: () => false,
    isExcluded: () => false,
    now: () => performance.now(),
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } as Required<BreakerOptions>;
  if (typeof given.name !== 'string') throw argumentError('name', 'a string', given.name);
  for (const name of ['readyToTrip', 'onStateChange', 'isSuccessful', 'isExcluded', 'now'] as const) {
    checkFunction(name, given[name]);
  }
  if (typeof given.maxRequests !== 'number') {
    throw argumentError('maxRequests', 'a whole number', given.maxRequests);
  }
  if (!Number.isInteger(given.maxRequests) || given.maxRequests < 0) {
    throw rangeError('maxRequests', 'a whole number, 0 or more', given.maxRequests);
  }
  const interval = checkMillis('interval', given.interval);
  const period = checkMillis('bucketPeriod', given.bucketPeriod);
  // Without an interval there is no window to roll.
  const bucketPeriod = interval > 0 ? period : 0;
  if (bucketPeriod > 0 && !(interval / bucketPeriod <= MAX_BUCKETS)) {
    const limit = `at least a ${MAX_BUCKETS}th of interval, which is finite`;
    throw rangeError('bucketPeriod', limit, given.bucketPeriod);
  }
  // As in gobreaker: 0 and less mean that it was not set.
  const timeout = checkMillis('timeout', given.timeout) || 60_000;
  return { ...given, interval, bucketPeriod, timeout, maxRequests: given.maxRequests || 1 };
}
