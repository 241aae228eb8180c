/** `chan` with all that hangs on it. */

import { chanFrom, mergeChans } from './chan-from.js';
import { chan as plain } from './chan.js';
import { numericChan, type NumericChan } from './numeric-chan.js';

/** Makers of channels of numbers. @throws GoPanic `ERR_CHAN_CAPACITY` for `capacity` */
const numeric = {
  /** 8 bytes a number: any number. */
  float64: (capacity = 0): NumericChan<Float64Array> => numericChan(Float64Array, capacity),
  /** 4 bytes a number: any number, rounded to single precision. */
  float32: (capacity = 0): NumericChan<Float32Array> => numericChan(Float32Array, capacity),
  /** Whole numbers of 32 bits. */
  int32: (capacity = 0): NumericChan<Int32Array> => numericChan(Int32Array, capacity),
  /** Whole numbers of 32 bits, from 0. */
  uint32: (capacity = 0): NumericChan<Uint32Array> => numericChan(Uint32Array, capacity),
  /** Whole numbers of 16 bits. */
  int16: (capacity = 0): NumericChan<Int16Array> => numericChan(Int16Array, capacity),
  /** Whole numbers of 16 bits, from 0. */
  uint16: (capacity = 0): NumericChan<Uint16Array> => numericChan(Uint16Array, capacity),
  /** Whole numbers of 8 bits. */
  int8: (capacity = 0): NumericChan<Int8Array> => numericChan(Int8Array, capacity),
  /** Bytes. */
  uint8: (capacity = 0): NumericChan<Uint8Array> => numericChan(Uint8Array, capacity),
};

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
export const chan = Object.assign(plain, { ...numeric, from: chanFrom, merge: mergeChans });
