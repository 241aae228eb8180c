/**
 * Contexts: cancellation and deadlines that reach goroutines in every isolate. After Go's package
 * `context`.
 *
 * @module gosched/context
 */

import { chan, type RecvChan } from './chan.js';
import {
  Canceled,
  DeadlineExceeded,
  argumentError,
  checkFunction,
  checkMillis,
  rangeError,
} from './errors.js';
import { go } from './go.js';
import { isInstance } from './internal/instance.js';
import { HANDLE_OF, isA } from './internal/handles.js';
import {
  NativeContext,
  checkKey,
  encodeKey,
  putCause,
  showKey,
  type Origin,
} from './internal/native-context.js';
import { native } from './internal/native.js';
import { Double, Word, doubles, words } from './internal/page.js';
import { schedulePump } from './internal/pump.js';
import { select } from './select.js';

const I = words;
const F = doubles;

export { Canceled, DeadlineExceeded };

/**
 * Names a value of a context. Text and registered symbols (`Symbol.for`) find it in every isolate; a
 * symbol of a module's own only in the isolate that attached the value.
 */
export type ContextKey = string | symbol | number | bigint;

/**
 * Carries a deadline and a cancellation to whoever it is passed to, in any isolate.
 *
 * @example
 * const poll = async (ctx: Context): Promise<void> => {
 *   ctx.throwIfDone();
 *   console.log(`${ctx.value('request')} has time until ${ctx.deadline()}`);
 *   const { key } = await select({ done: ctx.done(), later: after(10) });
 *   if (key === 'done') console.log(ctx.err()?.code, ctx.cause());
 * };
 * await poll(ctx);
 */
export interface Context {
  /** A channel that is closed when the context ends. The same one each time. */
  done(): RecvChan<never>;
  /** `Canceled` or `DeadlineExceeded` once it has ended; `null` before. Never changes again. */
  err(): Canceled | DeadlineExceeded | null;
  /**
   * Why it ended: what `cancel` was given, or else the error of {@link err}; `null` before. The
   * very object in the isolate that gave it, a copy elsewhere.
   */
  cause(): unknown;
  /** When it will end by itself, if ever. */
  deadline(): Date | undefined;
  /**
   * The value that {@link withValue} attached to this context or the nearest ancestor that has one
   * under this key; `undefined` if none does.
   *
   * The very value in the isolate that attached it. Elsewhere a copy as by `structuredClone`, made
   * when the context was first passed on.
   *
   * @param key what it was attached under
   * @throws DataCloneError naming the key, in another isolate, when the value cannot be copied
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` can be no key
   */
  value<T = unknown>(key: ContextKey): T | undefined;
  /** The same cancellation as a web `AbortSignal`, for `fetch` and friends. */
  readonly signal: AbortSignal;
  /** Throws the cause if the context has ended. */
  throwIfDone(): void;
}

/**
 * A new context and the function that ends it. Ending it is the caller's duty: it frees it.
 *
 * @example
 * using request = context.withCancel(context.background());
 * void go(work, request.ctx);
 * request.cancel(new Error('the client has left'));
 */
export interface CancelableContext {
  /** The context, to be passed on. */
  readonly ctx: Context;
  /**
   * Ends the context and its descendants, everywhere, before it returns. Only the first call counts.
   * @param cause what `ctx.cause()` says; any value that can be copied between isolates
   */
  cancel(cause?: unknown): void;
  /** Calls `cancel()`: `using { ctx } = ...` does not exist in the language, `using c = ...` does. */
  [Symbol.dispose](): void;
}

/**
 * Whether a value is a context.
 *
 * @param value may be anything
 * @example
 * const given: unknown = ctx;
 * if (context.isContext(given)) given.throwIfDone();
 */
export function isContext(value: unknown): value is Context {
  return isA(value, NativeContext);
}

let root: NativeContext | undefined;
let placeholder: NativeContext | undefined;

function makeRoot(name: string): NativeContext {
  native.background();
  return new NativeContext(I[Word.Handle] as number, { name });
}

/**
 * The root of all contexts: never ends.
 *
 * @example
 * using request = context.withTimeout(context.background(), 1_000);
 */
export function background(): Context {
  return (root ??= makeRoot('context.Background'));
}

/**
 * As {@link background}, where it is not yet clear which context to use.
 *
 * @example
 * const ctx = context.todo(); // until the caller passes one
 */
export function todo(): Context {
  return (placeholder ??= makeRoot('context.TODO'));
}

/**
 * A child of `parent` that can be cancelled.
 *
 * @param parent ends it too
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `parent` is no context
 * @example
 * const { ctx, cancel } = context.withCancel(context.background());
 * process.once('SIGINT', () => cancel());
 */
export function withCancel(parent: Context): CancelableContext {
  return child(parent, 'WithCancel', NaN);
}

/**
 * A child of `parent` that ends by itself after `ms` milliseconds, unless the parent ends before.
 *
 * @param parent ends it too
 * @param ms milliseconds from now; 0 or less ends it at once
 * @param cause what `ctx.cause()` says if the time runs out
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
 * @example
 * const { ctx, cancel } = context.withTimeout(context.background(), 1_000);
 * await sleep(1, ctx);
 * cancel();
 */
export function withTimeout(parent: Context, ms: number, cause?: unknown): CancelableContext {
  return child(parent, 'WithTimeout', checkMillis('ms', ms), cause);
}

/**
 * A child of `parent` that ends by itself at a point in time.
 *
 * @param parent ends it too
 * @param at a `Date`, or milliseconds since 1970
 * @param cause what `ctx.cause()` says if the time runs out
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
 * @example
 * const midnight = new Date().setHours(24, 0, 0, 0);
 * using today = context.withDeadline(context.background(), midnight);
 */
export function withDeadline(
  parent: Context,
  at: Date | number,
  cause?: unknown,
): CancelableContext {
  const time = isInstance(at, Date) ? at.getTime() : at;
  if (typeof time !== 'number') throw argumentError('at', 'a Date or a number', at);
  if (Number.isNaN(time)) throw rangeError('at', 'a valid time', time);
  return child(parent, 'WithDeadline', time - Date.now(), cause, time);
}

/**
 * A context that ends with `parent` and knows one value more. For what belongs to a request and must
 * cross layers that do not know it: its id, who asked, a trace; not for parameters.
 *
 * It costs no cancel: it is a view of its parent. A value is handed over by reference in this isolate
 * and copied when the context is passed to another one (see {@link Context.value}); one that cannot be
 * copied does not keep the context from being passed, and is an error where it is asked for.
 *
 * @param parent ends it, and has the other values
 * @param key text, or a symbol of your own so that no other module's key is the same
 * @param value anything; it is looked at when it is asked for in another isolate
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for an argument; a key may not be `null` or an object
 * @example
 * const ctx = context.withValue(context.background(), 'request', { id: 7 });
 * await go(async (it: Context) => it.value<{ id: number }>('request')?.id, ctx); // 7
 */
export function withValue(parent: Context, key: ContextKey, value: unknown): Context {
  const above = checkParent(parent);
  checkKey(key);
  I[Word.Handle] = above[HANDLE_OF];
  // Nobody elsewhere can name such a symbol: its entry has a key that is never asked for.
  native.contextWithValue(encodeKey(key) ?? '');
  const shown = typeof value === 'string' ? JSON.stringify(value) : typeof value;
  return new NativeContext(I[Word.Handle] as number, {
    name: `WithValue(${showKey(key)}, ${shown})`,
    parent: above,
    binding: { key, value },
  });
}

/**
 * A context with the values of `parent` that never ends: for what must be finished although the
 * request is over.
 *
 * @param parent has the values
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `parent` is no context
 * @example
 * void go.local(audit, context.withoutCancel(ctx));
 */
export function withoutCancel(parent: Context): Context {
  const above = checkParent(parent);
  I[Word.Handle] = above[HANDLE_OF];
  native.contextWithoutCancel();
  return new NativeContext(I[Word.Handle] as number, { name: 'WithoutCancel', parent: above });
}

/**
 * Runs `fn` in a goroutine of its own, in this isolate, once `ctx` has ended; soon, if it has already.
 * What `fn` throws is an unhandled rejection.
 *
 * @param ctx the context to wait for
 * @param fn called without arguments
 * @returns stops that: true if `fn` will not run because of this call, false if it was stopped before,
 *   has started, or is about to
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for an argument
 * @example
 * const stop = context.afterFunc(ctx, () => socket.destroy());
 * await talk(socket);
 * stop();
 */
export function afterFunc(ctx: Context, fn: () => unknown): () => boolean {
  if (!isContext(ctx)) throw argumentError('ctx', 'a context', ctx);
  checkFunction('fn', fn);
  let waiting = true;
  const stopped = chan<never>();
  const run = async (): Promise<void> => {
    await select({ done: ctx.done(), stopped });
    if (!waiting) return;
    waiting = false;
    void go.local(fn);
  };
  void run();
  return () => {
    // Ended already: the news is under way, and `fn` will run.
    if (!waiting || ctx.err() !== null) return false;
    waiting = false;
    stopped.close(); // takes the wait out of the context's queue
    return true;
  };
}

/** One for each signal, however often it is asked for: a signal that lives long has one listener. */
const ofSignals = new WeakMap<AbortSignal, Context>();

/**
 * The context of a web `AbortSignal`: it is cancelled when the signal is aborted, with the signal's
 * reason as its cause. The same context each time for the same signal.
 *
 * @param signal also one that is aborted already
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `signal` is no `AbortSignal`
 * @example
 * const ctx = context.fromSignal(AbortSignal.timeout(1000));
 */
export function fromSignal(signal: AbortSignal): Context {
  if (!isInstance(signal, AbortSignal)) throw argumentError('signal', 'an AbortSignal', signal);
  const known = ofSignals.get(signal);
  if (known !== undefined) return known;
  const ctx = make(background() as NativeContext, NaN, { name: 'FromSignal', signal });
  ofSignals.set(signal, ctx);
  const end = (): void => ctx.cancelAnyhow(signal.reason);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return ctx;
}

function checkParent(parent: Context): NativeContext {
  if (isContext(parent)) return parent as NativeContext;
  throw argumentError('parent', 'a context (background() is the root)', parent);
}

/** @param at its deadline, in milliseconds since 1970, if that was given */
function child(
  parent: Context,
  name: string,
  ms: number,
  cause?: unknown,
  at = Date.now() + ms,
): CancelableContext {
  const ctx = make(checkParent(parent), ms, { name, timeoutCause: cause, at });
  const cancel = (why?: unknown): void => ctx.cancel(why);
  return { ctx, cancel, [Symbol.dispose]: () => cancel() };
}

/** @param ms until its deadline, or NaN */
function make(
  parent: NativeContext,
  ms: number,
  origin: Origin & { readonly name: string },
): NativeContext {
  putCause(origin.timeoutCause);
  I[Word.Handle] = parent[HANDLE_OF];
  F[Double.Number2] = ms;
  native.contextChild();
  const ctx = new NativeContext(I[Word.Handle] as number, { ...origin, parent });
  schedulePump(); // its timer may have to hold the event loop
  return ctx;
}
