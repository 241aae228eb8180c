/** `pool`: at most so many goroutines at a time for any number of jobs. */

import { type Context, isContext } from '../context.js';
import { PoolClosed, argumentError, checkBoolean, checkFunction, checkObject, rangeError } from '../errors.js';
import { go } from '../go.js';
import { StaysHere } from '../internal/stays-here.js';
import { select } from '../select.js';
import { chan } from '../chan.js';

/** How a {@link pool} works. */
export interface PoolOptions {
  /** How many jobs may wait for a worker; more make `trySubmit` say no. @default Infinity */
  readonly queue?: number;
  /** Runs the jobs in this isolate, by reference, instead of on all cores. @default false */
  readonly local?: boolean;
}

/**
 * A fixed number of workers. Each result goes to whoever submitted the job; none is lost.
 *
 * @example
 * const hashers = pool(4, sha256, { queue: 200 });
 * const digest = await hashers.submit('a');
 * const orBusy = hashers.trySubmit('b'); // undefined: 4 run and 200 wait
 * const inTime = await hashers.submitWith(ctx, 'c');
 * await hashers.close();
 */
export interface Pool<A extends unknown[], R> {
  /**
   * Has a worker run the function: now, or when one is free, first come first served.
   * @param args what it is called with; copied to its isolate, unless the pool is `local`
   * @returns the job's result
   * @throws what the job threw (rejects)
   * @throws PoolClosed (rejects) once the pool is closed
   */
  submit(...args: A): Promise<R>;
  /**
   * As {@link submit}, unless every worker is busy and as many jobs as may already wait.
   * @param args as for {@link submit}
   * @returns `undefined`, at once, if there is no place
   * @throws PoolClosed once the pool is closed
   */
  trySubmit(...args: A): Promise<R> | undefined;
  /**
   * As {@link submit}, but leaves the queue when `ctx` ends; a job that runs already is not touched.
   * @param ctx ends the wait for a worker
   * @param args as for {@link submit}
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   * @throws the context's cause (rejects) if it ends first
   */
  submitWith(ctx: Context, ...args: A): Promise<R>;
  /** Jobs that run now. */
  readonly running: number;
  /** Jobs that wait for a worker now. */
  readonly waiting: number;
  /** Takes no more jobs; resolves when all that were submitted are done. */
  close(): Promise<void>;
  /** Calls {@link close}: `await using workers = pool(8, fn)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A pool of `size` workers for `fn`.
 *
 * @param size how many jobs run at a time, at least 1
 * @param fn runs on any core, as by `go`
 * @param options how many jobs may wait, and where they run
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
 * @example
 * await using hashers = pool(4, sha256);
 * const digests = await Promise.all(files.map((file) => hashers.submit(file)));
 */
export function pool<A extends unknown[], R>(
  size: number,
  fn: (...args: A) => R,
  options: PoolOptions = {},
): Pool<A, Awaited<R>> {
  checkFunction('fn', fn);
  checkObject('options', options);
  const { queue = Infinity, local = false } = options;
  checkBoolean('local', local);
  return new Workers(
    checkCount('size', size, 1),
    checkCount('queue', queue, 0),
    local ? (...args) => go.local(fn, ...args) : (...args) => go(fn, ...args),
  );
}

function checkCount(name: string, count: unknown, least: number): number {
  if (typeof count !== 'number') throw argumentError(name, 'a whole number', count);
  if (count !== Infinity && !Number.isInteger(count)) throw rangeError(name, 'a whole number', count);
  if (count < least) throw rangeError(name, `at least ${least}`, count);
  return count;
}

class Workers<A extends unknown[], R> extends StaysHere implements Pool<A, R> {
  readonly #size: number;
  readonly #queue: number;
  readonly #run: (...args: A) => PromiseLike<R>;
  #running = 0;
  #closed = false;
  /** Jobs that wait for a worker, oldest first: a set, so that one can leave from the middle. */
  readonly #waiting = new Set<() => void>();
  readonly #closers: (() => void)[] = [];

  constructor(size: number, queue: number, run: (...args: A) => PromiseLike<R>) {
    super();
    this.#size = size;
    this.#queue = queue;
    this.#run = run;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  async submit(...args: A): Promise<R> {
    this.#checkOpen();
    if (this.#running >= this.#size) {
      // Who lets us in has counted us, so nobody takes the worker meanwhile.
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    } else {
      this.#running++;
    }
    return this.#work(args);
  }

  trySubmit(...args: A): Promise<R> | undefined {
    this.#checkOpen();
    const full = this.#running >= this.#size && this.#waiting.size >= this.#queue;
    return full ? undefined : this.submit(...args);
  }

  async submitWith(ctx: Context, ...args: A): Promise<R> {
    if (!isContext(ctx)) throw argumentError('ctx', 'a context', ctx);
    this.#checkOpen();
    ctx.throwIfDone();
    if (this.#running < this.#size) {
      this.#running++;
    } else {
      await this.#placeOr(ctx);
    }
    return this.#work(args);
  }

  close(): Promise<void> {
    this.#closed = true;
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#closers.push(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Waits for a worker, until the context ends. */
  async #placeOr(ctx: Context): Promise<void> {
    const place = chan<never>();
    const take = (): void => place.close();
    this.#waiting.add(take);
    await select({ place, done: ctx.done() });
    // Let in while the context ended: the worker is ours, and its job runs.
    if (this.#waiting.delete(take)) ctx.throwIfDone();
  }

  async #work(args: A): Promise<R> {
    try {
      return await this.#run(...args);
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next();
    } else if (--this.#running === 0) {
      for (const wake of this.#closers.splice(0)) wake();
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new PoolClosed();
  }
}
