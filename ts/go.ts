/** `go`: starts a goroutine. */

import { argumentError, rangeError } from './errors.js';
import { programOf } from './internal/programs.js';
import { native } from './internal/native.js';
import { Double, Kind, Layout, Word, doubles, words } from './internal/page.js';
import { schedulePump } from './internal/pump.js';
import { prepareIsolates } from './internal/isolates.js';
import { park, type Waiter } from './internal/tickets.js';
import { putItem, putValue } from './internal/values.js';

const I = words;
const F = doubles;

/**
 * A goroutine that was started. Await it for the function's result; it rejects with what the
 * function threw. An error that nobody awaits surfaces as an unhandled rejection.
 */
export interface Goroutine<T> extends PromiseLike<T> {
  /** Its number, from 1 up, never reused. */
  readonly id: number;
  /** As `Promise.prototype.catch`. */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R>;
  /** As `Promise.prototype.finally`. */
  finally(onFinally?: (() => void) | null): Promise<T>;
}

/**
 * The extra methods of `go`.
 */
export interface Go {
  /**
   * Runs `fn(...args)` as a goroutine in another isolate, in parallel. Arguments and result are
   * copied as by `structuredClone`; channels, contexts, mutexes and other handles stay shared.
   *
   * `fn` is an exported function of a module (imported there), or a function that uses nothing of
   * the scopes around it: pass what it needs as arguments.
   *
   * @throws GoCaptureError, at the call, naming the variable, file, line and column, when the
   *   function uses something it cannot have in another isolate
   * @throws DataCloneError, at the call, naming the part of an argument that cannot be copied
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   * @example
   * const sum = await go((a: number, b: number) => a + b, 1, 2);
   */
  <A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Goroutine<Awaited<R>>;
  /**
   * Runs `fn(...args)` as a goroutine in this isolate: concurrently, sharing its memory and
   * variables. It starts in the next microtask.
   *
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   */
  local<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Goroutine<Awaited<R>>;
}

class Started<T> implements Goroutine<T> {
  readonly #promise: Promise<T>;

  constructor(
    readonly id: number,
    promise: Promise<T>,
  ) {
    this.#promise = promise;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- the interface is PromiseLike
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise.then(onFulfilled, onRejected);
  }

  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this.#promise.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#promise.finally(onFinally);
  }

  get [Symbol.toStringTag](): string {
    return 'Goroutine';
  }
}

class EndWaiter implements Waiter {
  constructor(
    readonly resolve: (value: never) => void,
    readonly reject: (reason: unknown) => void,
  ) {}

  wake(kind: Kind, _which: number, value: unknown): void {
    if (kind === Kind.Result) this.resolve(value as never);
    else this.reject(value);
  }
}

function goElsewhere(fn: (...args: never[]) => unknown, ...args: unknown[]): Goroutine<unknown> {
  return goAs(goElsewhere, fn, args);
}

/**
 * @internal `go`, under another name.
 * @param above the function whose caller is where `fn` is used
 */
export function goAs(
  above: Function,
  fn: (...args: never[]) => unknown,
  args: unknown[],
): Goroutine<unknown> {
  if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
  prepareIsolates();
  const program = programOf(fn, above);
  putArguments(args);
  I[Word.Program] = program;
  F[Double.Number2] = 0;
  native.go();
  const promise = new Promise<unknown>((resolve, reject) => {
    park(new EndWaiter(resolve, reject));
  });
  const id = F[Double.Number2] as number;
  schedulePump();
  return new Started(id, promise);
}

function putArguments(args: unknown[]): void {
  if (args.length > Layout.MaxItems) {
    throw rangeError('the number of arguments', `at most ${Layout.MaxItems}`, args.length);
  }
  try {
    for (let n = 0; n < args.length; n++) {
      putValue(args[n]);
      putItem(n, 0);
    }
  } catch (error) {
    native.unstage();
    throw error;
  }
  I[Word.Count] = args.length;
}

function goHere<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Goroutine<Awaited<R>> {
  if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
  F[Double.Number2] = 0;
  native.goLocal();
  const id = F[Double.Number2] as number;
  schedulePump();
  const end = (): void => {
    F[Double.Number2] = id;
    native.endLocal();
    schedulePump();
  };
  const run = async (): Promise<Awaited<R>> => {
    await undefined;
    try {
      return await fn(...args);
    } finally {
      end();
    }
  };
  return new Started(id, run());
}

/** Starts a goroutine. See {@link Go}. */
export const go: Go = Object.assign(goElsewhere as Go, { local: goHere });
