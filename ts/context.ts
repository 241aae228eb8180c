/**
 * Contexts: cancellation and deadlines that reach goroutines in every isolate. After Go's package
 * `context`.
 */

import type { Channel, RecvChan } from './chan.js';
import { Canceled, DeadlineExceeded, argumentError, checkMillis, rangeError } from './errors.js';
import { HANDLE_OF, adopt, arrive, onArrival, type Shareable } from './internal/handles.js';
import { native } from './internal/native.js';
import { Double, HandleKind, Tag, Word, doubles, words } from './internal/page.js';
import { schedulePump } from './internal/pump.js';
import { putValue, readResult } from './internal/values.js';

const I = words;
const F = doubles;


export { Canceled, DeadlineExceeded };

/** Carries a deadline and a cancellation to whoever it is passed to, in any isolate. */
export interface Context {
  /** A channel that is closed when the context ends. The same one each time. */
  done(): RecvChan<never>;
  /** `Canceled` or `DeadlineExceeded` once it has ended; `null` before. Never changes again. */
  err(): Canceled | DeadlineExceeded | null;
  /** Why it ended: what `cancel` was given, or else the error of {@link err}; `null` before. */
  cause(): unknown;
  /** When it will end by itself, if ever. */
  deadline(): Date | undefined;
  /** The same cancellation as a web `AbortSignal`, for `fetch` and friends. */
  readonly signal: AbortSignal;
  /** Throws the cause if the context has ended. */
  throwIfDone(): void;
}

/** A new context and the function that ends it. Ending it is the caller's duty: it frees it. */
export interface CancelableContext {
  readonly ctx: Context;
  /**
   * Ends the context and its descendants, everywhere, before it returns. Only the first call counts.
   * @param cause what `ctx.cause()` says; any value that can be copied between isolates
   */
  cancel(cause?: unknown): void;
  /** Calls `cancel()`: `using { ctx } = ...` does not exist in the language, `using c = ...` does. */
  [Symbol.dispose](): void;
}

/** What a context has come to; as the addon tells it. */
const enum Ended {
  Not = 0,
  ByCancel = 1,
  ByDeadline = 2,
}

class NativeContext implements Context, Shareable {
  readonly #handle: number;
  #done: Channel<never> | undefined;
  #err: Canceled | DeadlineExceeded | null = null;
  #signal: AbortSignal | undefined;
  readonly #name: string;

  constructor(handle: number, name = 'context') {
    this.#handle = handle;
    this.#name = name;
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
    I[Word.Handle] = this.#handle;
    native.contextCause();
    return I[Word.Kind] === 1 ? readResult() : err;
  }

  deadline(): Date | undefined {
    this.#state();
    const left = F[Double.Number2] as number;
    return Number.isNaN(left) ? undefined : new Date(Date.now() + left);
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }

  throwIfDone(): void {
    if (this.err() !== null) throw this.cause();
  }

  get [Symbol.toStringTag](): string {
    return this.#name;
  }

  #state(): Ended {
    I[Word.Handle] = this.#handle;
    native.contextState();
    return I[Word.Kind] as Ended;
  }

  #makeSignal(): AbortSignal {
    if (this.err() !== null) return AbortSignal.abort(this.cause());
    const controller = new AbortController();
    void this.done()
      .recv()
      .then(() => controller.abort(this.cause()));
    return controller.signal;
  }
}

onArrival(HandleKind.Context, (handle) => new NativeContext(handle));

/** Whether a value is a context. */
export function isContext(value: unknown): value is Context {
  return value instanceof NativeContext;
}

let root: NativeContext | undefined;
let placeholder: NativeContext | undefined;

function makeRoot(name: string): NativeContext {
  native.background();
  return new NativeContext(I[Word.Handle] as number, name);
}

/** The root of all contexts: never ends. */
export function background(): Context {
  return (root ??= makeRoot('context.Background'));
}

/** As {@link background}, where it is not yet clear which context to use. */
export function todo(): Context {
  return (placeholder ??= makeRoot('context.TODO'));
}

/**
 * A child of `parent` that can be cancelled.
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `parent` is no context
 * @example
 * const { ctx, cancel } = context.withCancel(context.background());
 * process.once('SIGINT', () => cancel());
 */
export function withCancel(parent: Context): CancelableContext {
  return child(parent, NaN);
}

/**
 * A child of `parent` that ends by itself after `ms` milliseconds, unless the parent ends before.
 * @param cause what `ctx.cause()` says if the time runs out
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
 */
export function withTimeout(parent: Context, ms: number, cause?: unknown): CancelableContext {
  return child(parent, checkMillis('ms', ms), cause);
}

/**
 * A child of `parent` that ends by itself at a point in time.
 * @param at a `Date`, or milliseconds since 1970
 * @param cause what `ctx.cause()` says if the time runs out
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
 */
export function withDeadline(
  parent: Context,
  at: Date | number,
  cause?: unknown,
): CancelableContext {
  const time = at instanceof Date ? at.getTime() : at;
  if (typeof time !== 'number') throw argumentError('at', 'a Date or a number', at);
  if (Number.isNaN(time)) throw rangeError('at', 'a valid time', time);
  return child(parent, time - Date.now(), cause);
}

function child(parent: Context, ms: number, cause?: unknown): CancelableContext {
  if (!(parent instanceof NativeContext)) {
    throw argumentError('parent', 'a context (background() is the root)', parent);
  }
  putCause(cause);
  I[Word.Handle] = parent[HANDLE_OF];
  F[Double.Number2] = ms;
  native.contextChild();
  const ctx = new NativeContext(I[Word.Handle] as number);
  schedulePump(); // its timer may have to hold the event loop
  const cancel = (why?: unknown): void => {
    putCause(why);
    I[Word.Handle] = ctx[HANDLE_OF];
    native.contextCancel();
    schedulePump();
  };
  return { ctx, cancel, [Symbol.dispose]: () => cancel() };
}

function putCause(cause: unknown): void {
  if (cause === undefined) {
    I[Word.Tag] = Tag.Undefined;
    I[Word.Kind] = 0;
    return;
  }
  putValue(cause);
  I[Word.Kind] = 1;
}
