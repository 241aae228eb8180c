/**
 * What a breaker counts: all calls since it was cleared, or those of a window that rolls on, bucket by
 * bucket. A call counts where it began, however late its end is reported.
 */

/** Calls since the state last changed or the interval began, or those of the rolling window. */
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

interface Bucket {
  requests: number;
  successes: number;
  failures: number;
}

const empty = (): Bucket => ({ requests: 0, successes: 0, failures: 0 });

/** How a call ended. */
export type Outcome = 'success' | 'failure' | 'excluded';

/** Invariant: `#total` is the sum of `#buckets`. Bucket `age % length` is that of age `age`. */
export class WindowCounts {
  readonly #buckets: Bucket[];
  #total = empty();
  #consecutiveSuccesses = 0;
  #consecutiveFailures = 0;
  /** Of the newest bucket. */
  #age = 0;

  /** @param buckets 1 for a window that does not roll */
  constructor(buckets: number) {
    this.#buckets = Array.from({ length: buckets }, empty);
  }

  /** A copy. */
  read(): BreakerCounts {
    return {
      ...this.#total,
      consecutiveSuccesses: this.#consecutiveSuccesses,
      consecutiveFailures: this.#consecutiveFailures,
    };
  }

  /** Makes the bucket of that age the newest; those that the window leaves behind count no more. */
  rollTo(age: number): void {
    const steps = Math.min(age - this.#age, this.#buckets.length);
    for (let n = 0; n < steps; n++) this.#forget(age - n);
    if (steps > 0) this.#age = age;
    // A row that began in what was forgotten has become as long as what is left of it.
    this.#consecutiveSuccesses = Math.min(this.#consecutiveSuccesses, this.#total.successes);
    this.#consecutiveFailures = Math.min(this.#consecutiveFailures, this.#total.failures);
  }

  #forget(age: number): void {
    const slot = age % this.#buckets.length;
    const old = this.#buckets[slot] as Bucket;
    this.#total.requests -= old.requests;
    this.#total.successes -= old.successes;
    this.#total.failures -= old.failures;
    this.#buckets[slot] = empty();
  }

  /** Counts a call that begins. Returns the age of its bucket. */
  begin(): number {
    this.#total.requests++;
    this.#bucket(this.#age).requests++;
    return this.#age;
  }

  /** Counts how a call ended, unless the window has left the bucket in which it began. */
  end(age: number, outcome: Outcome): void {
    if (this.#age - age >= this.#buckets.length) return;
    const bucket = this.#bucket(age);
    if (outcome === 'excluded') {
      this.#total.requests--;
      bucket.requests--;
    } else if (outcome === 'success') {
      this.#total.successes++;
      bucket.successes++;
      this.#consecutiveSuccesses++;
      this.#consecutiveFailures = 0;
    } else {
      this.#total.failures++;
      bucket.failures++;
      this.#consecutiveFailures++;
      this.#consecutiveSuccesses = 0;
    }
  }

  #bucket(age: number): Bucket {
    return this.#buckets[age % this.#buckets.length] as Bucket;
  }
}
