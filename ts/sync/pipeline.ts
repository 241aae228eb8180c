/** `pipeline`: stages over a stream of values, each as parallel as it says, with backpressure. */

import { argumentError, checkBoolean, checkFunction, checkObject, rangeError } from '../errors.js';
import { go } from '../go.js';
import { StaysHere } from '../internal/stays-here.js';
import { after } from '../time.js';
import { isChannel, type RecvChan } from '../chan.js';
import { chanFrom, checkSource, mergeChans, type Source } from '../chan-from.js';
import { select } from '../select.js';
import { Stage } from './stage.js';

/** How a stage works. */
export interface StageOptions {
  /** How many values it works on at a time, at least 1. @default 1 */
  readonly parallelism?: number;
  /** Whether results leave in the order in which the values came. @default true */
  readonly ordered?: boolean;
  /** Runs the function in this isolate, by reference, instead of on all cores. @default false */
  readonly local?: boolean;
}

/** How a batch is made up. */
export interface BatchOptions {
  /** Sends a batch that is not full so many milliseconds after its first value. @default Infinity */
  readonly maxWait?: number;
}

/**
 * A stream of values and what is to be done with them. Nothing is read before somebody iterates, and
 * never more than the stages have room for. The first error ends it: the source is released, what is
 * under way is waited for, and the reader gets the error. So does leaving the loop.
 *
 * @example
 * const even = pipeline([1, 2, 3, 4])
 *   .filter((n: number) => n % 2 === 0, { local: true })
 *   .map((n: number) => n * 10, { parallelism: 2 });
 * console.log(await even.toArray()); // [ 20, 40 ]
 * console.log(await even.reduce((sum, n) => sum + n, 0)); // 60
 * await even.batch(100, { maxWait: 50 }).forEach((numbers) => console.log(numbers.length)); // 2
 */
export interface Pipeline<T> extends AsyncIterable<T> {
  /**
   * What `fn` makes of each value.
   * @param fn runs as by `go`, in any isolate, unless `local`
   * @param options how many at a time, in which order, and where
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
   */
  map<U>(fn: (value: T) => U, options?: StageOptions): Pipeline<Awaited<U>>;
  /**
   * The values for which `fn` says so.
   * @param fn a value stays if it returns, or resolves to, something true; runs as for {@link map}
   * @param options as for {@link map}
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
   */
  filter(fn: (value: T) => unknown, options?: StageOptions): Pipeline<T>;
  /**
   * Arrays of `size` values; the last may have fewer.
   * @param size how many, at least 1
   * @param options whether to wait for all of them
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
   */
  batch(size: number, options?: BatchOptions): Pipeline<T[]>;
  /**
   * Folds all values into one, in this isolate.
   * @param fn makes the next sum of a sum and a value; it is awaited
   * @param initial the first sum, and the result if there are no values
   * @throws the first error (rejects)
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `fn` is no function
   */
  reduce<U>(fn: (sum: U, value: T) => U | PromiseLike<U>, initial: U): Promise<U>;
  /**
   * Calls `fn` with each value, in this isolate, one after the other.
   * @param fn it is awaited before the next
   * @throws the first error (rejects)
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `fn` is no function
   */
  forEach(fn: (value: T) => unknown): Promise<void>;
  /**
   * All values.
   * @throws the first error (rejects)
   */
  toArray(): Promise<T[]>;
}

/**
 * Starts a pipeline.
 *
 * @param source a channel, an async iterable, an iterable, a `Readable` or a `ReadableStream`
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for another `source`
 * @example
 * const total = await pipeline(files)
 *   .map(readAndCount, { parallelism: 8, ordered: false })
 *   .filter((count: number) => count > 0)
 *   .reduce((sum, count) => sum + count, 0);
 */
export function pipeline<T>(source: Source<T>): Pipeline<T> {
  checkSource(source);
  // A channel of our own: a wait for it can be ended, whatever the source is.
  return new Stages(() => (isChannel<T>(source) ? mergeChans<T>(source) : chanFrom(source)));
}

class Stages<T> extends StaysHere implements Pipeline<T> {
  readonly #open: () => AsyncIterable<T>;

  constructor(open: () => AsyncIterable<T>) {
    super();
    this.#open = open;
  }

  map<U>(fn: (value: T) => U, options: StageOptions = {}): Pipeline<Awaited<U>> {
    checkObject('options', options);
    const work = { run: runner(fn, options), ...checkStage(options) };
    return new Stages(() => new Stage(this.#open(), work));
  }

  filter(fn: (value: T) => unknown, options: StageOptions = {}): Pipeline<T> {
    checkObject('options', options);
    const judge = runner(fn, options);
    const run = async (value: T): Promise<Judged<T>> => ({ value, keep: Boolean(await judge(value)) });
    const work = { run, ...checkStage(options) };
    return new Stages(() => kept(new Stage(this.#open(), work)));
  }

  batch(size: number, options: BatchOptions = {}): Pipeline<T[]> {
    checkObject('options', options);
    const { maxWait = Infinity } = options;
    const full = checkCount('size', size);
    if (typeof maxWait !== 'number') throw argumentError('maxWait', 'milliseconds', maxWait);
    if (!(maxWait >= 0)) throw rangeError('maxWait', 'milliseconds, 0 or more', maxWait);
    return new Stages(() => batches(this.#open(), full, maxWait));
  }

  async reduce<U>(fn: (sum: U, value: T) => U | PromiseLike<U>, initial: U): Promise<U> {
    checkFunction('fn', fn);
    let sum = initial;
    for await (const value of this) sum = await fn(sum, value);
    return sum;
  }

  async forEach(fn: (value: T) => unknown): Promise<void> {
    checkFunction('fn', fn);
    for await (const value of this) await fn(value);
  }

  async toArray(): Promise<T[]> {
    const all: T[] = [];
    for await (const value of this) all.push(value);
    return all;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.#open()[Symbol.asyncIterator]();
  }
}

/** A value and whether the filter keeps it. */
interface Judged<T> {
  readonly value: T;
  readonly keep: boolean;
}

function kept<T>(judged: Stage<T, Judged<T>>): AsyncIterable<T> {
  const next = async (): Promise<IteratorResult<T, undefined>> => {
    for (;;) {
      const result = await judged.next();
      if (result.done === true) return result;
      if (result.value.keep) return { value: result.value.value, done: false };
    }
  };
  const iterator = {
    next,
    async return() {
      await judged.return();
      return { value: undefined, done: true } as const;
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

function runner<T, U>(
  fn: (value: T) => U,
  { local = false }: StageOptions,
): (value: T) => PromiseLike<Awaited<U>> {
  checkFunction('fn', fn);
  checkBoolean('local', local);
  return local ? (value) => go.local(fn, value) : (value) => go(fn, value);
}

function checkStage({ parallelism = 1, ordered = true }: StageOptions): Required<
  Omit<StageOptions, 'local'>
> {
  checkBoolean('ordered', ordered);
  return { parallelism: checkCount('parallelism', parallelism), ordered };
}

function checkCount(name: string, count: unknown): number {
  if (typeof count !== 'number') throw argumentError(name, 'a whole number', count);
  if (!Number.isInteger(count) || count < 1) {
    throw rangeError(name, 'a whole number, at least 1', count);
  }
  return count;
}

function batches<T>(
  source: AsyncIterable<T>,
  size: number,
  maxWait: number,
): AsyncIterable<T[]> {
  const values = chanFrom(source);
  const gathered = gather(values, size, maxWait);
  const iterator = {
    next: () => gathered.next(),
    // First the source: a `next` that waits for it ends then, and lets the generator return.
    async return() {
      await values.stop();
      return gathered.return();
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

async function* gather<T>(
  values: RecvChan<T>,
  size: number,
  maxWait: number,
): AsyncGenerator<T[], void> {
  let batch: T[] = [];
  let due: RecvChan<number> | null = null;
  for (;;) {
    const got = await select({ value: values, due });
    if (got.key === 'value' && !got.ok) break;
    if (got.key === 'value') {
      batch.push(got.value as T);
      if (batch.length === 1 && maxWait !== Infinity) due = after(maxWait);
      if (batch.length < size) continue;
    }
    yield batch;
    batch = [];
    due = null;
  }
  if (batch.length > 0) yield batch;
}
