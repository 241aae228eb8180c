/**
 * What a `Context` is: a wrapper of a native one, and what this isolate knows of it beyond that.
 *
 * Cancellation and deadlines are native. Values and causes stay here, by reference, and their copies
 * go along when the context is given to another isolate: a wrapper knows its parent's wrapper if it
 * was derived here, and asks the addon if it arrived.
 */

import type { Channel, RecvChan } from '../chan.js';
import type { Context, ContextKey } from '../context.js';
import { Canceled, DataCloneError, DeadlineExceeded, argumentError } from '../errors.js';
import { HANDLE_OF, adopt, arrive, onArrival, type Shareable } from './handles.js';
import { native } from './native.js';
import { Double, HandleKind, Tag, Word, doubles, words } from './page.js';
import { schedulePump } from './pump.js';
import { putValue, readResult } from './values.js';

const I = words;
const F = doubles;

/** The latest time that a `Date` can be. */
const LATEST = 8.64e15;

/** What a context has come to; as the addon tells it. */
const enum Ended {
  Not = 0,
  ByCancel = 1,
  ByDeadline = 2,
}

/** Results of `contextGetValue`. */
const enum Found {
  Nothing = 0,
  Value = 1,
  Refusal = 2,
}

/** A value by reference; the object tells "undefined" from "not given". */
interface Given {
  readonly value: unknown;
}

/** @internal How a context came to be. All optional: one that arrived has none of it. */
export interface Origin {
  readonly name?: string;
  readonly parent?: NativeContext;
  /** Its own deadline, in milliseconds since 1970; NaN if it has none. Not its parent's. */
  readonly at?: number;
  readonly binding?: { readonly key: ContextKey; readonly value: unknown };
  readonly timeoutCause?: unknown;
  readonly signal?: AbortSignal;
}

/** @internal The one kind of context there is. */
export class NativeContext implements Context, Shareable {
  readonly #handle: number;
  readonly #origin: Origin;
  #done: Channel<never> | undefined;
  #err: Canceled | DeadlineExceeded | null = null;
  /** What the call of cancel that ended it here was given. */
  #canceledWith: Given | undefined;
  /** What {@link deadline} says, in milliseconds: the same each time. */
  #deadline: number | undefined;
  /** The answer of {@link cause}, which never changes. */
  #cause: Given | undefined;
  #controller: AbortController | undefined;
  /** Values that were asked for and came from another isolate. */
  #fetched: Map<ContextKey, unknown> | undefined;
  /** Whether another isolate knows it, and with it the values it can see. */
  #shared: boolean;

  constructor(handle: number, origin?: Origin) {
    this.#handle = handle;
    this.#origin = origin ?? {};
    this.#shared = origin === undefined;
    adopt(this, handle);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  done(): RecvChan<never> {
    if (this.#done === undefined) {
      I[Word.Handle] = this.#handle;
      native.contextDone();
      this.#done = arrive(HandleKind.Chan, I[Word.Handle] as number) as Channel<never>;
    }
    return this.#done;
  }

  err(): Canceled | DeadlineExceeded | null {
    if (this.#err === null) {
      const ended = this.#state();
      if (ended === Ended.ByCancel) this.#err = new Canceled();
      else if (ended === Ended.ByDeadline) this.#err = new DeadlineExceeded();
    }
    return this.#err;
  }

  cause(): unknown {
    const err = this.err();
    if (err === null) return null;
    this.#cause ??= this.#findCause() ?? { value: err };
    return this.#cause.value;
  }

  deadline(): Date | undefined {
    this.#state();
    const left = F[Double.Number2] as number;
    if (Number.isNaN(left)) return undefined;
    this.#deadline ??= this.#deadlineGiven() ?? Date.now() + left;
    return new Date(Math.max(-LATEST, Math.min(this.#deadline, LATEST)));
  }

  /**
   * The earliest of those that were asked for, up to the root; undefined if that is not known here. What
   * is left of the time is read off another clock, and would make it a millisecond more or less.
   */
  #deadlineGiven(): number | undefined {
    let earliest = Infinity;
    for (const node of this.#upwards()) {
      const origin = node.#origin;
      if (origin.name === undefined) return undefined; // it arrived from another isolate
      if (origin.at !== undefined && origin.at < earliest) earliest = origin.at;
      if (origin.name === 'WithoutCancel') break;
    }
    return earliest;
  }

  value<T = unknown>(key: ContextKey): T | undefined {
    checkKey(key);
    for (const node of this.#upwards()) {
      const { binding, parent } = node.#origin;
      if (binding !== undefined && binding.key === key) return binding.value as T;
      if (parent === undefined) return node.#fetch(key) as T | undefined;
    }
    return undefined;
  }

  get signal(): AbortSignal {
    const given = this.#origin.signal;
    if (given !== undefined) return given;
    if (this.#controller === undefined) this.#makeController();
    this.abortSignal();
    return (this.#controller as unknown as AbortController).signal;
  }

  throwIfDone(): void {
    if (this.err() !== null) throw this.cause();
  }

  get [Symbol.toStringTag](): string {
    return this.#origin.parent === undefined ? (this.#origin.name ?? 'context') : 'context';
  }

  /** The chain it was derived along, as Go prints it. */
  toString(): string {
    return [...this.#upwards()]
      .map((node) => node.#origin.name ?? 'context')
      .reduceRight((above, name) => `${above}.${name}`);
  }

  /** @internal Ends it; what it ends with is `cause`, by reference here. */
  cancel(cause: unknown): void {
    putCause(cause);
    this.#cancelWithRegisters(cause);
  }

  /** @internal As {@link cancel}; a cause that cannot be copied is described to other isolates. */
  cancelAnyhow(cause: unknown): void {
    try {
      putCause(cause);
    } catch (error) {
      if (!(error instanceof DataCloneError)) throw error;
      putCause(error.under('the cause of a context\'s end'));
    }
    this.#cancelWithRegisters(cause);
  }

  /** @internal Brings the signal, if there is one, up to date: it hears of the end later. */
  abortSignal(): void {
    if (this.#controller?.signal.aborted === false && this.err() !== null) {
      this.#controller.abort(this.cause());
    }
  }

  /** @internal Gives the values it can see to whoever it is passed to. */
  share(): void {
    for (const node of this.#upwards()) {
      if (node.#shared) return; // and so are those above it
      node.#shared = true;
      const { binding } = node.#origin;
      if (binding !== undefined && encodeKey(binding.key) !== undefined) {
        node.#setValue(binding.key, binding.value);
      }
    }
  }

  #cancelWithRegisters(cause: unknown): void {
    I[Word.Handle] = this.#handle;
    native.contextCancel();
    const first = I[Word.Kind] === 1;
    schedulePump();
    if (!first) return;
    if (cause !== undefined) this.#canceledWith = { value: cause };
    this.abortSignal();
  }

  #state(): Ended {
    I[Word.Handle] = this.#handle;
    native.contextState();
    return I[Word.Kind] as Ended;
  }

  /**
   * The cause somebody gave. A context ended by itself, or with its parent's cause: so it is looked
   * for on the way up, until the context that ended by itself. Its cause is at hand if it was
   * derived here.
   */
  #findCause(): Given | undefined {
    for (const node of this.#upwards()) {
      const { parent, binding, timeoutCause } = node.#origin;
      const ended = node.#state();
      const own = I[Word.Slot] === 1 && binding === undefined;
      if (own && ended === Ended.ByCancel && node.#canceledWith) return node.#canceledWith;
      if (own && ended === Ended.ByDeadline && timeoutCause !== undefined) {
        return { value: timeoutCause };
      }
      if (own || parent === undefined) return node.#fetchCause();
    }
    return undefined;
  }

  /** This one, and those it was derived from here. */
  *#upwards(): Generator<NativeContext, void> {
    yield this;
    for (let { parent } = this.#origin; parent !== undefined; { parent } = parent.#origin) {
      yield parent;
    }
  }

  #fetchCause(): Given | undefined {
    I[Word.Handle] = this.#handle;
    native.contextCause();
    return I[Word.Kind] === 1 ? { value: readResult() } : undefined;
  }

  #fetch(key: ContextKey): unknown {
    if (this.#fetched?.has(key) === true) return this.#fetched.get(key);
    const encoded = encodeKey(key);
    if (encoded === undefined) return undefined;
    I[Word.Handle] = this.#handle;
    native.contextGetValue(encoded);
    const found = I[Word.Kind] as Found;
    const value = readResult();
    if (found === Found.Refusal) throw value;
    if (found === Found.Value) (this.#fetched ??= new Map()).set(key, value);
    return value;
  }

  /**
   * A value that cannot be copied does not keep the context from being passed on: whoever attached it
   * may be far from whoever only wants to be cancelled. Asking for it elsewhere is the error.
   */
  #setValue(key: ContextKey, value: unknown): void {
    let refused = false;
    try {
      putValue(value);
    } catch (error) {
      if (!(error instanceof DataCloneError)) throw error;
      refused = true;
      putValue(error.under(`the context value ${showKey(key)}`));
    }
    I[Word.Kind] = refused ? 1 : 0;
    I[Word.Handle] = this.#handle;
    native.contextSetValue();
  }

  #makeController(): void {
    this.#controller = new AbortController();
    if (this.err() !== null) return;
    void this.done()
      .recv()
      .then(() => this.abortSignal());
  }
}

onArrival(HandleKind.Context, (handle) => new NativeContext(handle));

/** Puts a cause where `contextChild` and `contextCancel` look for it. */
export function putCause(cause: unknown): void {
  if (cause === undefined) {
    I[Word.Tag] = Tag.Undefined;
    I[Word.Kind] = 0;
    return;
  }
  putValue(cause);
  I[Word.Kind] = 1;
}

/** Checks the key of a value. */
export function checkKey(key: unknown): asserts key is ContextKey {
  switch (typeof key) {
    case 'string':
    case 'symbol':
    case 'number':
    case 'bigint':
      return;
    default:
      throw argumentError('key', 'a string, symbol, number or bigint', key);
  }
}

/** The key as other isolates can name it; undefined for a symbol that they cannot have. */
export function encodeKey(key: ContextKey): string | undefined {
  if (typeof key !== 'symbol') return `${typeof key} ${JSON.stringify(String(key))}`;
  const registered = Symbol.keyFor(key);
  return registered === undefined ? undefined : `symbol ${JSON.stringify(registered)}`;
}

/** The key in a message. */
export function showKey(key: ContextKey): string {
  return typeof key === 'string' ? JSON.stringify(key) : String(key);
}
