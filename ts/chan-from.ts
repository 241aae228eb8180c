/** `chan.from` and `chan.merge`: channels that are fed from somewhere else. */

import type { ReadableStream } from 'node:stream/web';

import { Channel, chan, checkCapacity, isChannel, noMemory, type RecvChan } from './chan.js';
import { argumentError } from './errors.js';
import { HANDLE_OF, onArrival } from './internal/handles.js';
import { isInstance, isRevoked } from './internal/instance.js';
import { native } from './internal/native.js';
import { Double, HandleKind, Status, Word, doubles, words } from './internal/page.js';
import { nodeStreams, webStreams } from './internal/streams.js';
import { putValue, readResult } from './internal/values.js';
import { select } from './select.js';

const I = words;
const F = doubles;

/** What `chan.from` and {@link pipeline} read. */
export type Source<T> = AsyncIterable<T> | Iterable<T> | ReadableStream<T>;

/**
 * A channel that is fed from a source, no faster than it is read.
 *
 * Once what came before is drained, `recv`, `next`, `select` and `for await` fail with the error that
 * the source failed with, if it did, in every isolate. Leaving a `for await` stops it, where it was made.
 *
 * @example
 * const lines = chan.from(['a', 'b', 'c']);
 * console.log(await lines.recv());
 * await lines.stop(); // the source is released
 */
export interface SourceChan<out T> extends RecvChan<T> {
  /** Settles when the source has ended or was released; rejects with its error. */
  readonly finished: Promise<void>;
  /**
   * Takes no more and releases the source: an iterator's `return`, a stream's `destroy` or `cancel`.
   * What was taken already is still delivered, then the channel is closed.
   * @throws what releasing it threw (rejects)
   */
  stop(): Promise<void>;
  /** Calls {@link stop}: `await using lines = chan.from(stream)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where values come from. */
interface Feed<T> {
  next(): Promise<IteratorResult<T, unknown>>;
  /** Ends a `next` that waits, if it can be ended. */
  release(): unknown;
}

/**
 * A channel with what a source gives, for `select`, for many readers, or to pass on.
 *
 * @param source an async iterable (a Node.js `Readable` is one), an iterable, or a web
 *   `ReadableStream`, which is locked
 * @param capacity how many values are read ahead
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for another `source`
 * @throws GoPanic `ERR_CHAN_CAPACITY` for `capacity`
 * @example
 * for await (const chunk of chan.from(fs.createReadStream('log.txt'), 4)) await chunks.send(chunk);
 */
export function chanFrom<T>(source: Source<T>, capacity = 0): SourceChan<T> {
  return new SourceChannel(makeHandle(capacity), [() => feedOf(source)]);
}

/**
 * A channel with what all of these channels give. It is closed once they all are. At most one value of
 * each is under way.
 *
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for what is no channel
 * @example
 * for await (const result of chan.merge(fast, slow)) console.log(result);
 */
export function mergeChans<T>(...chans: readonly RecvChan<T>[]): SourceChan<T> {
  const feeds = chans.map((ch, n) => {
    if (!isChannel(ch)) throw argumentError(`chs[${n}]`, 'a channel', ch);
    return () => feedOfChannel<T>(ch as Channel<T>);
  });
  return new SourceChannel(makeHandle(0), feeds);
}

function feedOf<T>(source: unknown): Feed<T> {
  if (isInstance(source, webStreams().ReadableStream)) {
    const reader = source.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<T, unknown>>,
      release: () => reader.cancel(),
    };
  }
  if (isInstance(source, nodeStreams().Readable)) {
    const iterator = source[Symbol.asyncIterator]();
    return { next: () => iterator.next(), release: () => source.destroy() };
  }
  checkSource(source);
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = Object(source) as Partial<
    AsyncIterable<T> & Iterable<T>
  >;
  const iterator = async?.call(source) ?? sync?.call(source);
  if (iterator === undefined) throw noSource(source);
  return new IteratorFeed(iterator);
}

/** @internal Checks what is to be iterated over, without starting to. */
export function checkSource(source: unknown): void {
  // A proxy of a channel, or what only has its prototype, would fail at the first receive.
  const isFake = isInstance(source, Channel) && !isChannel(source);
  if (isRevoked(source) || isFake) throw noSource(source);
  const given = Object(source) as object;
  if (!(Symbol.asyncIterator in given || Symbol.iterator in given)) throw noSource(source);
}

function noSource(source: unknown): TypeError {
  const what = 'an async iterable, an iterable, a Readable or a ReadableStream';
  return argumentError('source', what, source);
}

/** An iterator whose `next` may wait for ever, and its `return` with it: a generator's does. */
class IteratorFeed<T> implements Feed<T> {
  readonly #iterator: AsyncIterator<T> | Iterator<T>;
  /** Ends the `next` that waits. What it comes to later is nobody's. */
  #giveUp: (() => void) | undefined;

  constructor(iterator: AsyncIterator<T> | Iterator<T>) {
    this.#iterator = iterator;
  }

  async next(): Promise<IteratorResult<T, unknown>> {
    try {
      return await new Promise<IteratorResult<T, unknown>>((resolve, reject) => {
        this.#giveUp = () => resolve({ value: undefined, done: true });
        this.#ask().then(resolve, reject);
      });
    } finally {
      this.#giveUp = undefined;
    }
  }

  async release(): Promise<void> {
    const giveUp = this.#giveUp;
    const returned = this.#return();
    if (giveUp === undefined) return returned;
    returned.catch(() => undefined); // nobody waits for it any more
    giveUp();
  }

  async #ask(): Promise<IteratorResult<T, unknown>> {
    const result = await this.#iterator.next();
    // What a plain iterator gives may be promises, as in `for await`.
    return result.done === true ? result : { value: await result.value, done: false };
  }

  async #return(): Promise<void> {
    await this.#iterator.return?.();
  }
}

function feedOfChannel<T>(ch: Channel<T>): Feed<T> {
  const released = chan<never>();
  return {
    async next() {
      const got = await select({ value: ch as RecvChan<T>, released });
      return got.key === 'value' && got.ok
        ? { value: got.value as T, done: false }
        : { value: undefined, done: true };
    },
    release() {
      if (!released.closed) released.close();
    },
  };
}

function makeHandle(capacity: number): number {
  F[Double.Number] = checkCapacity(capacity);
  native.makeSource();
  if (I[Word.Status] !== 0) throw noMemory(capacity);
  return I[Word.Handle] as number;
}

/** A channel that may end by an error: `crates/binding/src/source.rs`. This is how others see it. */
class FailingChannel<T> extends Channel<T> {
  override async recv(): Promise<T | undefined> {
    return (await this.next()).value;
  }

  override async next(): Promise<IteratorResult<T, undefined>> {
    const result = await super.next();
    if (result.done === true) this.throwIfFailed();
    return result;
  }

  override tryRecv(): IteratorResult<T, undefined> | undefined {
    const result = super.tryRecv();
    if (result?.done === true) this.throwIfFailed();
    return result;
  }

  override recvSync(): T | undefined {
    const result = this.nextSync();
    if (result.done === true) this.throwIfFailed();
    return result.value;
  }

  override throwIfFailed(): void {
    I[Word.Handle] = this[HANDLE_OF];
    native.sourceError();
    if (I[Word.Status] === Status.Done) throw readResult();
  }

  /** What others find when they have drained it. */
  protected failWith(error: unknown): void {
    try {
      putValue(error);
    } catch {
      // It cannot be copied; what it says can.
      putValue(error instanceof Error ? new Error(error.message) : new Error(String(error)));
    }
    I[Word.Handle] = this[HANDLE_OF];
    native.failSource();
  }
}

onArrival(HandleKind.Source, (handle) => new FailingChannel(handle, true));

class SourceChannel<T> extends FailingChannel<T> implements SourceChan<T> {
  readonly finished: Promise<void>;
  readonly #feeds: readonly Feed<T>[];
  #failed: { readonly error: unknown } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(handle: number, feeds: readonly (() => Feed<T>)[]) {
    super(handle, false);
    this.#feeds = feeds.map((make) => make());
    this.finished = this.#feed();
    // Readers get the error; who wants it from here too may have it.
    this.finished.catch(() => undefined);
  }

  override [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => this.next(),
      return: async () => {
        await this.stop();
        return { value: undefined, done: true };
      },
    };
  }

  override throwIfFailed(): void {
    // The very error, here.
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#release();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #release(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.release()));
  }

  async #feed(): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => this.#feedFrom(feed)));
    if (!this.closed) this.close();
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  async #feedFrom(feed: Feed<T>): Promise<void> {
    try {
      while (this.#stopped === undefined) {
        const { value, done } = await feed.next();
        if (done === true) return;
        await this.send(value as T);
      }
    } catch (error) {
      if (this.#stopped !== undefined) return; // released: it may say so by failing
      if (this.#failed === undefined) {
        this.#failed = { error };
        this.failWith(error);
      }
      this.stop().catch(() => undefined); // the first error counts
    }
  }
}
