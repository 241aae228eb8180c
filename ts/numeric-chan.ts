/**
 * Channels of numbers of a fixed width: their ring holds nothing but the numbers, one byte for a
 * `uint8`, and blocks of them move in and out of typed arrays in one call.
 */

import { SendCase, type Sends, checkCapacity, noMemory } from './chan.js';
import { failure } from './internal/chan-waits.js';
import { argumentError, rangeError } from './errors.js';
import { isInstance } from './internal/instance.js';
import { HANDLE_OF, adopt, isA, onArrival } from './internal/handles.js';
import { native } from './internal/native.js';
import { Double, HandleKind, Kind, Status, Tag, Word, doubles, words } from './internal/page.js';
import { loopTurn, overdue, schedulePump } from './internal/pump.js';
import { park } from './internal/tickets.js';

const I = words;
const F = doubles;

/** The typed arrays whose elements a channel can carry. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/**
 * A channel of numbers. Goes to goroutines and over channels like any other, and is a case of a `select`,
 * for one number at a time.
 *
 * @example
 * const samples = chan.float64(4096);
 * await samples.send(0.5);
 * await samples.sendMany(Float64Array.of(0.25, 0.125, 1));
 * console.log(samples.trySend(2), samples.trySendMany(Float64Array.of(3, 4))); // true 2
 * const { key } = await select({ put: samples.sending(5), late: after(50) });
 * samples.close();
 * console.log(await samples.recv()); // 0.5
 * console.log(await samples.next(), samples.tryRecv()?.value); // { value: 0.25, done: false } 0.125
 * const block = new Float64Array(2);
 * console.log(await samples.recvInto(block), samples.tryRecvInto(block)); // 2 2
 */
export interface NumericChan<A extends NumberArray = NumberArray> extends AsyncIterable<number> {
  /**
   * Sends one number: resolves once it is buffered or a receiver has it.
   * @param value a number that the kind of channel carries
   * @throws GoPanic `ERR_SEND_ON_CLOSED` (rejects) when the channel is or becomes closed
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` (rejects) for what is no
   *   such number
   */
  send(value: number): Promise<void>;
  /**
   * Sends all numbers of an array, in order: resolves once they are buffered or received. What there is
   * room for goes at once; the rest is copied, so the array may be used again when this returns.
   * @param values an array of the channel's type
   * @throws GoPanic `ERR_SEND_ON_CLOSED` (rejects), with the number of those that were `sent`
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) for an array of another type
   */
  sendMany(values: A): Promise<void>;
  /**
   * As {@link send} if that needs no waiting. False: there is no room.
   * @param value as for {@link send}
   * @throws GoPanic `ERR_SEND_ON_CLOSED` when the channel is closed
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for what is no such number
   */
  trySend(value: number): boolean;
  /**
   * Sends what there is room for; returns how many.
   * @param values an array of the channel's type
   * @throws GoPanic `ERR_SEND_ON_CLOSED` when the channel is closed
   * @throws TypeError `ERR_INVALID_ARG_TYPE` for an array of another type
   */
  trySendMany(values: A): number;
  /**
   * A send case for `select`.
   * @param value what is sent if the case is chosen
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for what is no such number
   */
  sending(value: number): SendCase<number>;
  /** Receives one number; `undefined` once the channel is closed and drained. */
  recv(): Promise<number | undefined>;
  /** The comma-ok form of {@link recv}. */
  next(): Promise<IteratorResult<number, undefined>>;
  /** Receives if that needs no waiting; `undefined` if it would. */
  tryRecv(): IteratorResult<number, undefined> | undefined;
  /**
   * Receives what is there, at least one number, at most as many as fit.
   * @param into an array of the channel's type, filled from the start
   * @returns how many; 0 once the channel is closed and drained
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) for an array of another type
   * @throws RangeError `ERR_OUT_OF_RANGE` (rejects) for an array without room; if it lost its room while
   *   this waited (its buffer was transferred), the error has what was received as `values`
   */
  recvInto(into: A): Promise<number>;
  /**
   * As {@link recvInto} if that needs no waiting; `undefined` if it would.
   * @param into as for {@link recvInto}
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `into`
   */
  tryRecvInto(into: A): number | undefined;
  /**
   * Closes the channel: what is buffered can still be received. Parked senders fail.
   * @throws GoPanic `ERR_CLOSE_OF_CLOSED` when it was closed before
   */
  close(): void;
  /** Numbers buffered now. Always 0 for an unbuffered channel. */
  readonly length: number;
  /** Room for numbers, as made. */
  readonly capacity: number;
  /** Whether it was closed. Numbers may still be buffered. */
  readonly closed: boolean;
}

interface ArrayOf<A> {
  new (length: number): A;
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
}

/** What a channel's elements are. */
interface Elements {
  /** Names the array on the wire: see `internal/binary.ts`. */
  readonly code: number;
  readonly array: ArrayOf<NumberArray>;
  /** Whole numbers from here to there; undefined for any number. */
  readonly range?: readonly [number, number];
}

const unsigned = (bits: number): readonly [number, number] => [0, 2 ** bits - 1];
const signed = (bits: number): readonly [number, number] => [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];

const all: readonly Elements[] = [
  { code: 0, array: Int8Array, range: signed(8) },
  { code: 1, array: Uint8Array, range: unsigned(8) },
  { code: 3, array: Int16Array, range: signed(16) },
  { code: 4, array: Uint16Array, range: unsigned(16) },
  { code: 5, array: Int32Array, range: signed(32) },
  { code: 6, array: Uint32Array, range: unsigned(32) },
  { code: 7, array: Float32Array },
  { code: 8, array: Float64Array },
];

/**
 * Makes a channel of numbers, each as wide as an element of `array`.
 * @throws GoPanic `ERR_CHAN_CAPACITY`, as `chan`
 */
export function numericChan<A extends NumberArray>(
  array: ArrayOf<A>,
  capacity = 0,
): NumericChan<A> {
  const elements = all.find((it) => it.array.name === array.name) as Elements;
  F[Double.Number] = checkCapacity(capacity);
  I[Word.Kind] = elements.code;
  native.makeNumeric();
  if (I[Word.Status] !== 0) throw noMemory(capacity);
  return new NumericChannel(I[Word.Handle] as number, elements) as unknown as NumericChan<A>;
}

const DONE: IteratorResult<never, undefined> = Object.freeze({ value: undefined, done: true });

/** @internal What the makers of channels of numbers give. */
export class NumericChannel implements NumericChan, Sends {
  readonly #handle: number;
  readonly #elements: Elements;
  /** Where single numbers go in and out. */
  readonly #one: NumberArray;

  constructor(handle: number, elements: Elements) {
    this.#handle = handle;
    this.#elements = elements;
    this.#one = new elements.array(1);
    adopt(this, handle);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  async send(value: number): Promise<void> {
    await this.#send(this.#checked(value));
  }

  async sendMany(values: NumberArray): Promise<void> {
    this.#check('values', values);
    if (values.length > 0) await this.#send(values);
  }

  trySend(value: number): boolean {
    return this.#trySend(this.#checked(value)) === 1;
  }

  trySendMany(values: NumberArray): number {
    this.#check('values', values);
    return values.length === 0 ? 0 : this.#trySend(values);
  }

  sending(value: number): SendCase<number> {
    this.#checked(value);
    return new SendCase(this, value);
  }

  /** @internal Numbers are copied in any case. */
  get isShared(): boolean {
    return true;
  }

  /** @internal */
  put(value: unknown): void {
    I[Word.Tag] = Tag.Number;
    F[Double.Number] = value as number;
  }

  async recv(): Promise<number | undefined> {
    const received = this.#receive(this.#one);
    // Read before anything else can use the array.
    if (typeof received === 'number') return received === 0 ? undefined : this.#one[0];
    const later = await received;
    return typeof later === 'number' ? undefined : later[0];
  }

  async next(): Promise<IteratorResult<number, undefined>> {
    const value = await this.recv();
    return value === undefined ? DONE : { value, done: false };
  }

  tryRecv(): IteratorResult<number, undefined> | undefined {
    const count = this.#tryReceive(this.#one);
    if (count === undefined) return undefined;
    return count === 0 ? DONE : { value: this.#one[0] as number, done: false };
  }

  async recvInto(into: NumberArray): Promise<number> {
    this.#checkRoom(into);
    const received = await this.#receive(into);
    if (typeof received === 'number') return received;
    if (received.length > into.length) {
      const error = rangeError('into', 'an array that keeps its room', into.length);
      throw Object.assign(error, { values: received });
    }
    into.set(received);
    return received.length;
  }

  tryRecvInto(into: NumberArray): number | undefined {
    this.#checkRoom(into);
    return this.#tryReceive(into);
  }

  close(): void {
    I[Word.Handle] = this.#handle;
    native.closeNumeric();
    if (I[Word.Status] !== Status.Done) {
      throw failure(I[Word.Status] as Status, 'close of closed channel');
    }
  }

  get length(): number {
    this.#state();
    return F[Double.Number] as number;
  }

  get capacity(): number {
    this.#state();
    return F[Double.Number2] as number;
  }

  get closed(): boolean {
    this.#state();
    return I[Word.Kind] === 1;
  }

  [Symbol.asyncIterator](): AsyncIterator<number, undefined> {
    return this;
  }

  get [Symbol.toStringTag](): string {
    return 'NumericChan';
  }

  #send(values: NumberArray): Promise<void> | undefined {
    this.#call(1);
    native.sendNumbers(values);
    const status = I[Word.Status] as Status;
    const sent = I[Word.Count] as number;
    if (status === Status.Done) return overdue() ? loopTurn() : undefined;
    if (status !== Status.Parked) throw sendFailed(status, sent);
    return new Promise((resolve, reject) => {
      park({
        wake(kind, _which, more) {
          if (kind === Kind.Sent) resolve();
          else reject(sendFailed(Status.Closed, sent + (more as number)));
        },
        fail: reject,
      });
      schedulePump();
    });
  }

  #trySend(values: NumberArray): number {
    this.#call(0);
    native.sendNumbers(values);
    const sent = I[Word.Count] as number;
    if (I[Word.Status] === Status.Done) return sent;
    throw sendFailed(I[Word.Status] as Status, sent);
  }

  /** How many were received into `into`; or those that came later, in an array of their own. */
  #receive(into: NumberArray): number | Promise<number | NumberArray> {
    this.#call(1);
    native.receiveNumbers(into);
    const status = I[Word.Status] as Status;
    const count = I[Word.Count] as number;
    if (status === Status.Done) return overdue() ? this.#afterTurn(into, count) : count;
    if (status === Status.Closed) return 0;
    if (status !== Status.Parked) throw failure(status, '');
    return new Promise((resolve, reject) => {
      park({
        wake: (kind, _which, received) =>
          resolve(kind === Kind.Drained ? 0 : (received as NumberArray)),
        fail: reject,
      });
      schedulePump();
    });
  }

  /** Lets the event loop run. Others may use the array for single numbers meanwhile. */
  async #afterTurn(into: NumberArray, count: number): Promise<number | NumberArray> {
    if (into !== this.#one) return loopTurn().then(() => count);
    const received = into.slice(0, count);
    await loopTurn();
    return received;
  }

  #tryReceive(into: NumberArray): number | undefined {
    this.#call(0);
    native.receiveNumbers(into);
    const status = I[Word.Status] as Status;
    if (status === Status.Closed) return 0;
    if (status !== Status.Done) throw failure(status, '');
    const count = I[Word.Count] as number;
    return count === 0 ? undefined : count;
  }

  #call(mayPark: 0 | 1): void {
    I[Word.Handle] = this.#handle;
    I[Word.Kind] = mayPark;
  }

  #state(): void {
    I[Word.Handle] = this.#handle;
    native.numericState();
  }

  #checked(value: number): NumberArray {
    const { array, range } = this.#elements;
    if (typeof value !== 'number') throw argumentError('value', 'a number', value);
    if (range !== undefined && !(Number.isInteger(value) && range[0] <= value && value <= range[1])) {
      const what = `a whole number from ${range[0]} to ${range[1]}, for a ${array.name}`;
      throw rangeError('value', what, value);
    }
    this.#one[0] = value;
    return this.#one;
  }

  #check(name: string, values: unknown): void {
    const { array } = this.#elements;
    if (!isInstance(values, array)) throw argumentError(name, `a ${array.name}`, values);
  }

  #checkRoom(into: NumberArray): void {
    this.#check('into', into);
    if (into.length === 0) throw rangeError('the length of into', 'at least 1', 0);
  }
}

function sendFailed(status: Status, sent: number): Error {
  return Object.assign(failure(status, 'send on closed channel'), { sent });
}

onArrival(HandleKind.Numbers, (handle) => {
  I[Word.Handle] = handle;
  native.numericState();
  const code = I[Word.Count];
  return new NumericChannel(handle, all.find((it) => it.code === code) as Elements);
});

/** @internal Whether something is such a channel of this package; not a proxy or a look-alike. */
export function isNumericChannel(value: unknown): value is NumericChannel {
  return isA(value, NumericChannel);
}
