/** `chan` with all that hangs on it. */

import { chanFrom, mergeChans, type Source, type SourceChan } from './chan-from.js';
import { chan as plain, type Chan, type RecvChan } from './chan.js';
import { numericChan, type NumberArray, type NumericChan } from './numeric-chan.js';

/** Makes channels of numbers of one kind, in a ring as wide as the number. */
export interface MakeNumericChan<A extends NumberArray> {
  /**
   * @param capacity how many numbers it buffers; 0, the default, makes every send wait for its receiver
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or GoPanic `ERR_CHAN_CAPACITY` for `capacity`
   * @example
   * const bytes = chan.uint8(65_536);
   * bytes.trySendMany(Uint8Array.of(1, 2, 3));
   */
  (capacity?: number): NumericChan<A>;
}

/** What `chan` is: it makes channels, and has the makers of other kinds of channels as methods. */
export interface MakeChan {
  /**
   * Makes a channel for values of any kind.
   *
   * @param capacity how many values it buffers; 0, the default, makes every send wait for its receiver
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or GoPanic `ERR_CHAN_CAPACITY` for `capacity`
   * @example
   * const jobs = chan<string>(16);
   * await jobs.send('a');
   * jobs.close();
   * for await (const job of jobs) console.log(job);
   */
  <T>(capacity?: number): Chan<T>;
  /** 8 bytes a number: any number. */
  readonly float64: MakeNumericChan<Float64Array>;
  /** 4 bytes a number: any number, rounded to single precision. */
  readonly float32: MakeNumericChan<Float32Array>;
  /** Whole numbers of 32 bits. */
  readonly int32: MakeNumericChan<Int32Array>;
  /** Whole numbers of 32 bits, from 0. */
  readonly uint32: MakeNumericChan<Uint32Array>;
  /** Whole numbers of 16 bits. */
  readonly int16: MakeNumericChan<Int16Array>;
  /** Whole numbers of 16 bits, from 0. */
  readonly uint16: MakeNumericChan<Uint16Array>;
  /** Whole numbers of 8 bits. */
  readonly int8: MakeNumericChan<Int8Array>;
  /** Bytes. */
  readonly uint8: MakeNumericChan<Uint8Array>;
  /**
   * A channel with what a source gives, for `select`, for many readers, or to pass on.
   *
   * @param source an async iterable (a Node.js `Readable` is one), an iterable, or a web
   *   `ReadableStream`, which is locked
   * @param capacity how many values are read ahead; 0, the default, reads one when somebody receives
   * @throws TypeError `ERR_INVALID_ARG_TYPE` for another `source`
   * @throws GoPanic `ERR_CHAN_CAPACITY` for `capacity`
   * @example
   * for await (const chunk of chan.from(fs.createReadStream('log.txt'), 4)) await chunks.send(chunk);
   */
  from<T>(source: Source<T>, capacity?: number): SourceChan<T>;
  /**
   * A channel with what all of these channels give. It is closed once they all are. At most one value of
   * each is under way.
   *
   * @param chans where the values come from, none included
   * @throws TypeError `ERR_INVALID_ARG_TYPE` for what is no channel
   * @example
   * for await (const result of chan.merge(fast, slow)) console.log(result);
   */
  merge<T>(...chans: readonly RecvChan<T>[]): SourceChan<T>;
}

/**
 * Makes a channel: `chan<T>(capacity)`.
 *
 * `chan.float64(capacity)` and its kin make channels of numbers, whose blocks move in one call;
 * `chan.from(source)` one that a stream or an iterable feeds; `chan.merge(...chs)` one of several.
 *
 * @example
 * const samples = chan.float64(4096);
 * void go(analyse, samples);
 * await samples.sendMany(Float64Array.of(0.5, 0.25));
 */
export const chan: MakeChan = Object.assign(plain, {
  float64: (capacity = 0) => numericChan(Float64Array, capacity),
  float32: (capacity = 0) => numericChan(Float32Array, capacity),
  int32: (capacity = 0) => numericChan(Int32Array, capacity),
  uint32: (capacity = 0) => numericChan(Uint32Array, capacity),
  int16: (capacity = 0) => numericChan(Int16Array, capacity),
  uint16: (capacity = 0) => numericChan(Uint16Array, capacity),
  int8: (capacity = 0) => numericChan(Int8Array, capacity),
  uint8: (capacity = 0) => numericChan(Uint8Array, capacity),
  from: chanFrom,
  merge: mergeChans,
});
