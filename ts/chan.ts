/**
 * Channels.
 *
 * A channel lives in the addon; this file turns its three answers — done, parked, closed — into
 * promises. An operation that can finish at once makes no new promise where it can be helped.
 */

// For whoever compiles against the declarations: they name streams, AbortSignal and Symbol.dispose, and
// compilers no longer look for types that nobody has asked for.
/// <reference types="node" preserve="true" />

import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

import { toReadable, toWeb } from './chan-streams.js';
import { GoPanic, argumentError } from './errors.js';
import { DONE, failure, parkNext, parkRecv, parkSend } from './internal/chan-waits.js';
import { HANDLE_OF, adopt, onArrival, type Shareable } from './internal/handles.js';
import { peekLocal, takeLocal } from './internal/locals.js';
import { type Moving, Takes, encodeMoving, marks, movingWith } from './internal/moving.js';
import { native } from './internal/native.js';
import {
  Double,
  HandleKind,
  Layout,
  News,
  Status,
  Tag,
  Word,
  doubles,
  words,
} from './internal/page.js';
import { attendNews, loopTurn, overdue } from './internal/pump.js';
import { mustBeGoroutine, waitSync } from './internal/wait.js';
import { putLocal, putValue, readResult } from './internal/values.js';

const I = words;
const F = doubles;
// Read once: a property of the addon's exports is found by name at each call.
const { send, trySend, recv, tryRecv } = native;

/**
 * The sending side of a channel.
 *
 * @example
 * const produce = async (to: SendChan<string>): Promise<void> => {
 *   await to.send('first');
 *   if (!to.trySend('second')) console.log('no room now');
 *   const { key } = await select({ put: to.sending('third'), late: after(50) });
 *   to.close();
 * };
 * await produce(chan<string>(1));
 */
export interface SendChan<in T> {
  /**
   * Sends a value: resolves once it is buffered or a receiver has it; waits while there is no room.
   *
   * In a channel that has only been used in one isolate the value is handed over by reference;
   * once the channel has been given to a goroutine elsewhere, it is copied as by `structuredClone`,
   * with channels and other handles staying shared and errors keeping their class. A view of a buffer
   * that is all of the value takes its own bytes along, not the rest of the buffer.
   *
   * @param value anything, `undefined` included
   * @throws GoPanic `ERR_SEND_ON_CLOSED` (rejects) when the channel is or becomes closed
   * @throws DataCloneError (rejects) naming the part of the value that cannot be copied
   * @throws MoveError `ERR_MOVE_PINNED` (rejects) for a buffer in it that cannot be moved
   */
  send(value: T): Promise<void>;
  /**
   * As {@link send}, blocking the thread: for goroutines started by `go()` that cannot await. Others
   * go on meanwhile, except those that live in the same isolate.
   * @param value as for {@link send}
   * @throws GoPanic `ERR_SYNC_ON_MAIN` elsewhere; the event loop there must not be blocked
   * @throws GoPanic `ERR_SYNC_DEADLOCK` when it would wait and no other isolate has the channel
   * @throws GoPanic `ERR_SEND_ON_CLOSED`, DataCloneError: as {@link send}
   * @example
   * const sizes = chan<number>(1);
   * await go((to: SendChan<number>) => to.sendSync(7), sizes);
   */
  sendSync(value: T): void;
  /**
   * Sends a value if that needs no waiting. False: there is no room and no waiting receiver.
   * @param value as for {@link send}
   * @throws GoPanic `ERR_SEND_ON_CLOSED` when the channel is closed
   * @throws DataCloneError naming the part of the value that cannot be copied
   */
  trySend(value: T): boolean;
  /**
   * A send case for {@link select}.
   * @param value what is sent if the case is chosen
   */
  sending(value: T): SendCase<unknown>;
  /**
   * Closes the channel: what is buffered can still be received, then receivers get `undefined`.
   * Parked senders fail.
   * @throws GoPanic `ERR_CLOSE_OF_CLOSED` when it was closed before
   */
  close(): void;
  /** Values buffered now. Always 0 for an unbuffered channel. */
  readonly length: number;
  /** Room for values, as made. */
  readonly capacity: number;
  /** Whether it was closed. Values may still be buffered. */
  readonly closed: boolean;
}

/**
 * The receiving side of a channel. `for await` receives until it is closed and drained.
 *
 * @example
 * const words = chan<string>(8);
 * for (const word of ['a', 'b', 'c', 'd', 'e']) words.trySend(word);
 * words.close();
 * console.log(await words.recv()); // a
 * console.log(await words.next()); // { value: 'b', done: false }
 * console.log(words.tryRecv()); // { value: 'c', done: false }
 * for await (const word of words) console.log(word); // d e
 * const stream = words.toReadable(); // ended: the channel is closed and drained
 * const web = words.toWeb();
 */
export interface RecvChan<out T> extends AsyncIterable<T> {
  /** Receives a value, waiting for one; `undefined` once the channel is closed and drained. */
  recv(): Promise<T | undefined>;
  /**
   * As {@link recv}, blocking the thread: for goroutines started by `go()` that cannot await. Others
   * go on meanwhile, except those that live in the same isolate.
   * @throws GoPanic `ERR_SYNC_ON_MAIN` elsewhere; the event loop there must not be blocked
   * @throws GoPanic `ERR_SYNC_DEADLOCK` when it would wait and no other isolate has the channel
   * @example
   * const answers = chan<number>(1);
   * answers.trySend(42);
   * await go((from: RecvChan<number>) => from.recvSync(), answers); // 42
   */
  recvSync(): T | undefined;
  /** The comma-ok form: `{ value, done: false }`, or `{ value: undefined, done: true }`. */
  next(): Promise<IteratorResult<T, undefined>>;
  /** Receives if that needs no waiting; `undefined` if it would. */
  tryRecv(): IteratorResult<T, undefined> | undefined;
  /** Values buffered now. Always 0 for an unbuffered channel. */
  readonly length: number;
  /** Room for values, as made. */
  readonly capacity: number;
  /**
   * A Node.js stream, in object mode, that receives from the channel and ends with it. Destroying the
   * stream gives a receive up that waits; it closes nothing. `null` and `undefined`, which such a stream
   * cannot carry, are an error of the stream.
   */
  toReadable(): Readable;
  /** A web stream that receives from the channel, as {@link toReadable}; for any value. */
  toWeb(): ReadableStream<T>;
}

/** A channel: both sides. */
export interface Chan<T> extends SendChan<T>, RecvChan<T> {}

/** @internal A channel, as a send case of a `select` uses it. */
export interface Sends extends Shareable {
  /** Whether another isolate knows it, so that values must be copied. */
  readonly isShared: boolean;
  /** Puts a value into the registers as this channel carries it. */
  put(value: unknown): void;
}

/** One send of a {@link select}. Made by {@link SendChan.sending}. */
export class SendCase<out T> {
  /** @internal */
  readonly channel: Sends;
  /** What it offers. */
  readonly value: T;

  /** @internal */
  constructor(channel: Sends, value: T) {
    this.channel = channel;
    this.value = value;
  }
}

const RESOLVED: Promise<void> = Promise.resolve();
const DRAINED: Promise<undefined> = Promise.resolve(undefined);
const NO_MORE: Promise<IteratorResult<never, undefined>> = Promise.resolve(DONE);

/** Go's limit is the address space; ours is what an array index can name. */
const MAX_CAPACITY = 2 ** 31 - 1;

/**
 * Makes a channel.
 *
 * @param capacity how many values it buffers; 0, the default, makes every send wait for its
 *   receiver
 * @throws GoPanic `ERR_CHAN_CAPACITY` for a negative, fractional or too large capacity
 * @example
 * const jobs = chan<string>(16);
 * await jobs.send('a');
 * jobs.close();
 * for await (const job of jobs) console.log(job);
 */
export function chan<T>(capacity = 0): Chan<T> {
  return new Channel<T>(makeHandle(capacity), false);
}

/** @internal The handle of a new channel. */
export function makeHandle(capacity: number): number {
  F[Double.Number] = checkCapacity(capacity);
  native.makeChan();
  if (I[Word.Status] !== 0) throw noMemory(capacity);
  return I[Word.Handle] as number;
}

/** @internal */
export function checkCapacity(capacity: unknown): number {
  if (typeof capacity !== 'number') throw argumentError('capacity', 'a whole number', capacity);
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    throw new GoPanic(
      'ERR_CHAN_CAPACITY',
      `makechan: size out of range: ${capacity} (a whole number from 0 to ${MAX_CAPACITY})`,
    );
  }
  return capacity;
}

/** @internal */
export function noMemory(capacity: number): GoPanic {
  return new GoPanic('ERR_CHAN_CAPACITY', `makechan: no memory for a capacity of ${capacity}`);
}

/** The outcome of a wait that met a closed channel: `crates/binding/src/chan.rs`. */
const WAS_CLOSED = 1;

/** A thread that blocks for what only its own isolate could do. */
function lonely(name: string): GoPanic {
  return new GoPanic(
    'ERR_SYNC_DEADLOCK',
    `all goroutines are asleep - deadlock! ${name} would wait for a goroutine of the isolate that it ` +
      'blocks; give the channel to a goroutine elsewhere first, or await',
  );
}

/** @internal What `chan()` gives. */
export class Channel<T> implements Chan<T>, Sends {
  /** Private, so that a method of this class on another object fails instead of acting on handle 0. */
  readonly #handle: number;
  /** Whether another isolate knows it, so that values must be copied. */
  #shared: boolean;

  constructor(handle: number, shared: boolean) {
    this.#handle = handle;
    this.#shared = shared;
    adopt(this, handle, shared ? undefined : dropLocals);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /** @internal See {@link isChannel}. */
  static is<T>(value: unknown): value is Channel<T> {
    return typeof value === 'object' && value !== null && #handle in value;
  }

  send(value: T): Promise<void> {
    let moving: Moving | undefined;
    try {
      if (marks.count === 0) this.#put(value);
      else moving = this.#putMoving(value);
    } catch (error) {
      return Promise.reject(error);
    }
    I[Word.Handle] = this.#handle;
    const slot = I[Word.Tag] === Tag.Local ? (F[Double.Number] as number) : -1;
    send();
    const status = I[Word.Status] as Status;
    if (status === Status.Done) {
      moving?.takeSmall(false);
      moving?.done();
      if (I[Word.Pump] !== News.None) attendNews();
      return overdue() ? loopTurn() : RESOLVED;
    }
    if (status === Status.Parked) {
      const sent = parkSend(this, slot, moving);
      moving?.takeSmall(true);
      return sent;
    }
    if (slot >= 0) takeLocal(slot);
    const error = failure(status, 'send on closed channel');
    return Promise.reject(moving?.failed(error) ?? error);
  }

  trySend(value: T): boolean {
    const moving = marks.count === 0 ? undefined : movingWith([value], Takes.IfTaken);
    if (moving === undefined) this.#put(value);
    else encodeMoving(moving, () => putValue(value));
    const slot = I[Word.Tag] === Tag.Local ? (F[Double.Number] as number) : -1;
    I[Word.Handle] = this.#handle;
    trySend();
    const status = I[Word.Status] as Status;
    if (status === Status.Done) moving?.takeAll();
    moving?.done();
    if (I[Word.Pump] !== News.None) attendNews();
    if (status === Status.Done) return true;
    if (slot >= 0) takeLocal(slot);
    if (status === Status.Parked) return false;
    throw failure(status, 'send on closed channel');
  }

  sendSync(value: T): void {
    mustBeGoroutine('sendSync');
    if (!this.#shared) {
      if (!this.trySend(value)) throw lonely('sendSync');
      return;
    }
    const moving = this.#putMoving(value);
    moving?.takeSmall(true);
    const closed = waitSync('sendSync', native.sendWait, this.#handle) === WAS_CLOSED;
    if (closed) {
      const error = failure(Status.Closed, 'send on closed channel');
      throw moving?.failed(error) ?? error;
    }
    moving?.done();
  }

  recvSync(): T | undefined {
    return this.nextSync().value;
  }

  /** @internal The comma-ok form of {@link recvSync}. */
  nextSync(): IteratorResult<T, undefined> {
    mustBeGoroutine('recvSync');
    if (!this.#shared) {
      const result = this.tryRecv();
      if (result === undefined) throw lonely('recvSync');
      return result;
    }
    const closed = waitSync('recvSync', native.recvWait, this.#handle) === WAS_CLOSED;
    return closed ? DONE : { value: readResult() as T, done: false };
  }

  sending(value: T): SendCase<T> {
    return new SendCase(this, value);
  }

  recv(): Promise<T | undefined> {
    const status = this.#receive();
    if (status === Status.Done) {
      const value = this.#taken();
      return overdue() ? loopTurn().then(() => value) : Promise.resolve(value);
    }
    if (status === Status.Closed) return DRAINED;
    return parkRecv(this);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const status = this.#receive();
    if (status === Status.Done) {
      const result = { value: this.#taken(), done: false as const };
      return overdue() ? loopTurn().then(() => result) : Promise.resolve(result);
    }
    if (status === Status.Closed) return NO_MORE;
    return parkNext(this);
  }

  tryRecv(): IteratorResult<T, undefined> | undefined {
    I[Word.Handle] = this.#handle;
    tryRecv();
    if (I[Word.Status] === Status.Done) return { value: this.#taken(), done: false };
    if (I[Word.Status] === Status.Parked) return undefined;
    if (I[Word.Status] === Status.Closed) return DONE;
    throw failure(I[Word.Status] as Status, '');
  }

  close(): void {
    I[Word.Handle] = this.#handle;
    native.closeChan();
    if (I[Word.Status] !== Status.Done) throw failure(I[Word.Status] as Status, 'close of closed channel');
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

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    // Leaving the loop early takes nothing back and closes nothing, as in Go.
    return this;
  }

  toReadable(): Readable {
    return toReadable(this);
  }

  toWeb(): ReadableStream<T> {
    return toWeb(this);
  }

  get [Symbol.toStringTag](): string {
    return 'Chan';
  }

  /** @internal For channels that can fail: throws what receivers get after the last value. */
  throwIfFailed(): void {
    // A channel of its own has no errors, as in Go.
  }

  /** @internal */
  share(): void {
    if (this.#shared) return;
    this.#encodeLocals();
    this.#shared = true;
  }

  /** @internal Whether another isolate knows it. */
  get isShared(): boolean {
    return this.#shared;
  }

  /** @internal Puts a value into the registers as this channel carries it. */
  put(value: unknown): void {
    this.#put(value as T);
  }

  /**
   * As `#put`, with the buffers that the value takes along, if there are any. From here on they are gone,
   * but for small ones. What a closed channel would refuse is not taken.
   */
  #putMoving(value: T): Moving | undefined {
    const moving = marks.count === 0 ? undefined : movingWith([value], Takes.Now);
    if (moving === undefined) {
      this.#put(value);
      return undefined;
    }
    if (this.closed) throw failure(Status.Closed, 'send on closed channel');
    encodeMoving(moving, () => putValue(value));
    moving.take();
    return moving;
  }

  #put(value: T): void {
    if (this.#shared) putValue(value);
    else putLocal(value);
  }

  #receive(): Status {
    I[Word.Handle] = this.#handle;
    recv();
    const status = I[Word.Status] as Status;
    if (status === Status.BadHandle) throw failure(status, '');
    return status;
  }

  /** What was received. The sender goes on, if it waited here. */
  #taken(): T {
    try {
      return readResult() as T;
    } finally {
      if (I[Word.Pump] !== News.None) attendNews();
    }
  }

  #state(): void {
    I[Word.Handle] = this.#handle;
    native.chanState();
  }

  /** What it holds becomes copies: another isolate is about to know this channel. */
  #encodeLocals(): void {
    for (const slot of listLocals(this.#handle)) {
      putValue(peekLocal(slot));
      I[Word.Handle] = this.#handle;
      I[Word.Slot] = slot;
      native.replaceLocal();
      takeLocal(slot);
    }
  }
}

/** @internal Whether something is a channel of this package; not a proxy or a look-alike. */
export function isChannel<T>(value: unknown): value is Channel<T> {
  return Channel.is(value);
}

/** The slots of the local values that a channel holds. */
function listLocals(handle: number): number[] {
  const slots: number[] = [];
  let count: number;
  do {
    I[Word.Handle] = handle;
    I[Word.Slot] = slots.length;
    native.locals();
    count = I[Word.Count] as number;
    for (let n = 0; n < count; n++) slots.push(I[Layout.HandleWord + n * 2] as number);
  } while (count === Layout.MaxHandles);
  return slots;
}

/** A channel that never left this isolate is collected: so is what it holds. */
function dropLocals(handle: number): void {
  for (const slot of listLocals(handle)) takeLocal(slot);
}

onArrival(HandleKind.Chan, (handle) => new Channel(handle, true));
