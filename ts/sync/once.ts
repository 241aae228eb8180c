/** `Once`: something happens once, however many isolates ask for it. */

import { argumentError } from '../errors.js';
import { native } from '../internal/native.js';
import { HandleKind } from '../internal/page.js';
import { now, wait } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';

/**
 * Runs one function once. After Go's `sync.Once`.
 *
 * A call from inside the function itself waits for ever, as in Go.
 *
 * @example
 * const opened = new Once();
 * await opened.do(openDatabase); // in every goroutine that needs it
 */
export class Once implements Shareable {
  readonly #handle: number;

  constructor() {
    this.#handle = handleFor(this, native.makeOnce);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Calls `fn`, here, if no function was called by this `Once` before, whichever; otherwise waits
   * until that one has ended. An error counts as an end, and so does the end of its isolate: nothing
   * is tried again.
   *
   * @param fn what it returns is awaited, and dropped
   * @throws what `fn` throws (rejects), to the caller whose `fn` it was; others are not told
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `fn` is no function
   */
  async do(fn: () => unknown): Promise<void> {
    if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
    const first = await wait(native.onceEnter, this.#handle, undefined, (outcome) => outcome === 1);
    if (!first) return;
    try {
      await fn();
    } finally {
      now(native.onceFinish, this.#handle);
    }
  }

  get [Symbol.toStringTag](): string {
    return 'Once';
  }
}

revive(HandleKind.Once, Once);

/**
 * A function that calls `fn` the first time, and gives what that returned every time; what it threw
 * is thrown every time. In this isolate: for several use {@link Once}. After Go's `sync.OnceValue`
 * and `sync.OnceFunc`.
 *
 * @param fn called without arguments, by the first call
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
 * @example
 * const config = onceValue(() => JSON.parse(readFileSync('config.json', 'utf8')));
 */
export function onceValue<T>(fn: () => T): () => T {
  if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
  let result: { readonly value: T } | { readonly error: unknown } | undefined;
  return () => {
    if (result === undefined) {
      try {
        result = { value: fn() };
      } catch (error) {
        result = { error };
      }
    }
    if ('error' in result) throw result.error;
    return result.value;
  };
}
