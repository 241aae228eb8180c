/**
 * `Breaker`: stops calling what fails again and again, and tries it now and then. A circuit breaker in
 * the spirit of Sony's gobreaker.
 *
 * *Closed*, it lets everything through and counts; when `readyToTrip` says so after a failure, it opens.
 * *Open*, it refuses everything, for `timeout` milliseconds. *Half-open*, it lets `maxRequests` through:
 * if as many in a row succeed it closes, at the first failure it opens again. Each change starts a new
 * generation: a call that began before a change does not count after it.
 */

import { BreakerOpen, argumentError, checkFunction, checkMillis, rangeError } from '../errors.js';
import { StaysHere } from '../internal/stays-here.js';

/** What a breaker does with calls. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** Calls since the state last changed, or the interval began. */
export interface BreakerCounts {
  /** All calls, those under way included. */
  readonly requests: number;
  /** Those that went well. */
  readonly successes: number;
  /** Those that failed. */
  readonly failures: number;
  /** Successes since the last failure. */
  readonly consecutiveSuccesses: number;
  /** Failures since the last success. */
  readonly consecutiveFailures: number;
}

/** How a {@link Breaker} decides. */
export interface BreakerOptions {
  /** For messages. @default "" */
  readonly name?: string;
  /** Calls let through at a time while half-open, and successes that close it. @default 1 */
  readonly maxRequests?: number;
  /** Milliseconds after which the counts of a closed breaker start anew; 0: never. @default 0 */
  readonly interval?: number;
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

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const none = (): Writable<BreakerCounts> => ({
  requests: 0,
  successes: 0,
  failures: 0,
  consecutiveSuccesses: 0,
  consecutiveFailures: 0,
});

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
  #counts = none();
  #generation = 0;
  /** When an open breaker tries again, or the counts of a closed one start anew. */
  #expiry: number;

  /**
   * @param options how it decides; all may be left out
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an option
   */
  constructor(options: BreakerOptions = {}) {
    super();
    this.#options = withDefaults(options);
    this.#expiry = this.#expiryOf('closed');
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
    return { ...this.#counts };
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
    if (this.#state === 'half-open' && this.#counts.requests >= maxRequests) {
      throw new BreakerOpen('ERR_BREAKER_BUSY', name);
    }
    this.#counts.requests++;
    const generation = this.#generation;
    let reported = false;
    return (error) => {
      if (reported) return;
      reported = true;
      this.#report(generation, error);
    };
  }

  #report(generation: number, error: unknown): void {
    this.#refresh();
    if (generation !== this.#generation) return;
    const { isExcluded, isSuccessful, maxRequests, readyToTrip } = this.#options;
    const counts = this.#counts;
    if (error !== undefined && isExcluded(error)) {
      counts.requests--;
    } else if (error === undefined || isSuccessful(error)) {
      counts.successes++;
      counts.consecutiveSuccesses++;
      counts.consecutiveFailures = 0;
      const enough = counts.consecutiveSuccesses >= maxRequests;
      if (this.#state === 'half-open' && enough) this.#become('closed');
    } else {
      counts.failures++;
      counts.consecutiveFailures++;
      counts.consecutiveSuccesses = 0;
      if (this.#state === 'half-open' || readyToTrip({ ...counts })) this.#become('open');
    }
  }

  /** What the time that has passed changes. No timer runs for it. */
  #refresh(): void {
    if (this.#options.now() < this.#expiry) return;
    if (this.#state === 'open') this.#become('half-open');
    else this.#renew();
  }

  #become(state: BreakerState): void {
    const from = this.#state;
    this.#state = state;
    this.#renew();
    this.#options.onStateChange(this.#options.name, from, state);
  }

  #renew(): void {
    this.#generation++;
    this.#counts = none();
    this.#expiry = this.#expiryOf(this.#state);
  }

  #expiryOf(state: BreakerState): number {
    const { now, interval, timeout } = this.#options;
    if (state === 'open') return now() + timeout;
    return state === 'closed' && interval > 0 ? now() + interval : Infinity;
  }
}

function withDefaults(options: BreakerOptions): Required<BreakerOptions> {
  const given = {
    name: '',
    maxRequests: 1,
    interval: 0,
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
  // As in gobreaker: 0 and less mean that it was not set.
  const timeout = checkMillis('timeout', given.timeout) || 60_000;
  return { ...given, interval, timeout, maxRequests: given.maxRequests || 1 };
}
