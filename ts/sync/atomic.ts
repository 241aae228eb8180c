/**
 * Atomic variables that every isolate sees. After Go's `sync/atomic`: all operations on all of them
 * happen in one order.
 *
 * Why they are not views of a `SharedArrayBuffer`: `crates/binding/src/atomic.rs`.
 *
 * @module
 */

import { argumentError, rangeError } from '../errors.js';
import { native } from '../internal/native.js';
import {
  AtomicOp,
  Double,
  HandleKind,
  Status,
  Word,
  doubles,
  longs,
  words,
} from '../internal/page.js';
import { badHandle } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';

const I = words;
const F = doubles;
const L = longs;
const { atomic, makeAtomic } = native;

/** Puts a value into a register, after it was checked. */
type Put = (register: Double, name: string, value: unknown) => void;

function make(kind: HandleKind): void {
  I[Word.Kind] = kind;
  makeAtomic();
}

/** True, but for a comparison that failed. */
function operate(handle: number, op: AtomicOp): boolean {
  I[Word.Handle] = handle;
  I[Word.Kind] = op;
  atomic();
  if (I[Word.Status] === Status.BadHandle) throw badHandle();
  return I[Word.Status] === Status.Done;
}

const putInt32: Put = (register, name, value) => {
  if (typeof value !== 'number' || (value | 0) !== value) throw outOf(name, value, -(2 ** 31), 2 ** 31 - 1);
  F[register] = value;
};

const putUint32: Put = (register, name, value) => {
  if (typeof value !== 'number' || value >>> 0 !== value) throw outOf(name, value, 0, 2 ** 32 - 1);
  F[register] = value;
};

function outOf(name: string, value: unknown, least: number, most: number): Error {
  const expected = `a whole number from ${least} to ${most}`;
  if (typeof value !== 'number') return argumentError(name, expected, value);
  return rangeError(name, expected, value);
}

const putFloat64: Put = (register, name, value) => {
  if (typeof value !== 'number') throw argumentError(name, 'a number', value);
  F[register] = value;
};

const putInt64: Put = (register, name, value) => {
  const expected = 'a bigint from -2n ** 63n to 2n ** 63n - 1n';
  if (typeof value !== 'bigint') throw argumentError(name, expected, value);
  L[register] = value;
  if (L[register] !== value) throw rangeError(name, expected, value);
};

const putBool: Put = (register, name, value) => {
  if (typeof value !== 'boolean') throw argumentError(name, 'a boolean', value);
  F[register] = value ? 1 : 0;
};

/**
 * What all atomic variables can do.
 *
 * A wrong operand is an error at the call: TypeError `ERR_INVALID_ARG_TYPE`, or RangeError
 * `ERR_OUT_OF_RANGE` for a number that the type does not have.
 */
abstract class Atomic<T> implements Shareable {
  readonly #handle: number;
  readonly #put: Put;
  readonly #get: () => T;

  /** @internal */
  protected constructor(kind: HandleKind, put: Put, get: () => T, value: T) {
    this.#put = put;
    this.#get = get;
    this.#handle = handleFor(this, () => {
      put(Double.Number, 'value', value);
      make(kind);
    });
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * What it is.
   * @example
   * const seven = new atomic.Int32(7).load();
   */
  load(): T {
    operate(this.#handle, AtomicOp.Load);
    return this.#get();
  }

  /**
   * Makes it `value`.
   * @param value a value of the type
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for a wrong operand
   * @example
   * const paused = new atomic.Bool();
   * paused.store(true);
   */
  store(value: T): void {
    this.#put(Double.Number, 'value', value);
    operate(this.#handle, AtomicOp.Store);
  }

  /**
   * Makes it `value`.
   * @param value a value of the type
   * @returns what it was
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for a wrong operand
   * @example
   * const since = new atomic.Float64(1.5);
   * const before = since.swap(0); // 1.5
   */
  swap(value: T): T {
    return this.update(AtomicOp.Swap, 'value', value);
  }

  /**
   * Makes it `value` if it is `old`.
   * @param old what it must be
   * @param value what it becomes
   * @returns false if it is something else, and stays so
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for a wrong operand
   * @example
   * const started = new atomic.Bool();
   * const first = started.compareAndSwap(false, true); // true for one of all goroutines
   */
  compareAndSwap(old: T, value: T): boolean {
    this.#put(Double.Number2, 'old', old);
    this.#put(Double.Number, 'value', value);
    return operate(this.#handle, AtomicOp.CompareAndSwap);
  }

  /** @internal */
  protected update(op: AtomicOp, name: string, operand: T): T {
    this.#put(Double.Number, name, operand);
    operate(this.#handle, op);
    return this.#get();
  }
}

abstract class Addable<T> extends Atomic<T> {
  /**
   * Adds to it. Integers wrap around, as in Go.
   * @param delta a value of the type
   * @returns what it is then
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for a wrong operand
   * @example
   * const count = new atomic.Int32(1).add(2); // 3
   */
  add(delta: T): T {
    return this.update(AtomicOp.Add, 'delta', delta);
  }

  /**
   * Takes off it. Integers wrap around, as in Go.
   * @param delta a value of the type
   * @returns what it is then
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for a wrong operand
   * @example
   * const left = new atomic.Int64(5n).sub(2n); // 3n
   */
  sub(delta: T): T {
    return this.update(AtomicOp.Sub, 'delta', delta);
  }
}

abstract class Integer<T> extends Addable<T> {
  /**
   * Keeps the bits that are set in `mask`.
   * @param mask a value of the type
   * @returns what it was, as Go's `And`
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for a wrong operand
   * @example
   * const flags = new atomic.Uint32(0b111);
   * flags.and(0b101); // it is 0b101 now
   */
  and(mask: T): T {
    return this.update(AtomicOp.And, 'mask', mask);
  }

  /**
   * Sets the bits that are set in `mask`.
   * @param mask a value of the type
   * @returns what it was, as Go's `Or`
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for a wrong operand
   * @example
   * const flags = new atomic.Uint32(0b001);
   * flags.or(0b100); // it is 0b101 now
   */
  or(mask: T): T {
    return this.update(AtomicOp.Or, 'mask', mask);
  }
}

const number = (): number => F[Double.Number] as number;

/**
 * A 32-bit integer.
 * @example
 * const count = new atomic.Int32();
 * await go((n: atomic.Int32) => n.add(1), count);
 * console.log(count.load()); // 1
 */
export class Int32 extends Integer<number> {
  /**
   * @param value a whole number from -2 ** 31 to 2 ** 31 - 1; the default is 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for another `value`
   */
  constructor(value = 0) {
    super(HandleKind.Int32, putInt32, number, value);
  }
}

/**
 * An unsigned 32-bit integer.
 * @example
 * const flags = new atomic.Uint32();
 * flags.or(0b100);
 */
export class Uint32 extends Integer<number> {
  /**
   * @param value a whole number from 0 to 2 ** 32 - 1; the default is 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for another `value`
   */
  constructor(value = 0) {
    super(HandleKind.Uint32, putUint32, number, value);
  }
}

/**
 * A 64-bit integer, as a bigint.
 * @example
 * const bytes = new atomic.Int64();
 * bytes.add(4096n);
 */
export class Int64 extends Integer<bigint> {
  /**
   * @param value from -2n ** 63n to 2n ** 63n - 1n; the default is 0n
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for another `value`
   */
  constructor(value = 0n) {
    super(HandleKind.Int64, putInt64, () => L[Double.Number] as bigint, value);
  }
}

/**
 * A number. It is compared by its bits: `NaN` is `NaN`, and 0 is not -0.
 * @example
 * const sum = new atomic.Float64();
 * sum.add(0.5);
 */
export class Float64 extends Addable<number> {
  /**
   * @param value any number; the default is 0
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `value` is no number
   */
  constructor(value = 0) {
    super(HandleKind.Float64, putFloat64, number, value);
  }
}

/**
 * A boolean.
 * @example
 * const started = new atomic.Bool();
 * if (started.compareAndSwap(false, true)) await work(); // one of all goroutines
 */
export class Bool extends Atomic<boolean> {
  /**
   * @param value the default is false
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `value` is no boolean
   */
  constructor(value = false) {
    super(HandleKind.Bool, putBool, () => F[Double.Number] !== 0, value);
  }
}

revive(HandleKind.Int32, Int32);
revive(HandleKind.Int64, Int64);
revive(HandleKind.Uint32, Uint32);
revive(HandleKind.Bool, Bool);
revive(HandleKind.Float64, Float64);
