/** `Cond`: waits until another goroutine says that something has changed. */

import type { Context } from '../context.js';
import { GoPanic, argumentError } from '../errors.js';
import { arrive, isA } from '../internal/handles.js';
import { native } from '../internal/native.js';
import { HandleKind, Word, words } from '../internal/page.js';
import { now, wait, waitSync } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';
import { Mutex } from './mutex.js';

const I = words;

function notLocked(): GoPanic {
  return new GoPanic(
    'ERR_UNLOCK_OF_UNLOCKED',
    'sync: unlock of unlocked mutex (lock cond.mutex before you wait)',
  );
}

/**
 * Goroutines wait for a change, holding a mutex before and after. After Go's `sync.Cond`. A channel
 * is mostly simpler; a condition is for many who wait, each for something else.
 *
 * @example
 * using held = await cond.mutex.lock();
 * while (!(await ready())) await cond.wait(); // or cond.waitSync(), where nothing can be awaited
 * // whoever made it so: cond.broadcast() for all that wait, cond.signal() for one
 */
export class Cond implements Shareable {
  readonly #handle: number;
  #mutex: Mutex | undefined;

  /**
   * @param mutex what guards that which changes
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `mutex` is no `Mutex`
   */
  constructor(mutex: Mutex) {
    this.#handle = handleFor(this, () => {
      if (!isA(mutex, Mutex)) throw argumentError('mutex', 'a Mutex', mutex);
      I[Word.Handle] = mutex[HANDLE_OF];
      native.makeCond();
    });
    this.#mutex = mutex;
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /** The mutex it was made with. */
  get mutex(): Mutex {
    if (this.#mutex === undefined) {
      now(native.condMutex, this.#handle);
      this.#mutex = arrive(HandleKind.Mutex, I[Word.Handle] as number) as Mutex;
    }
    return this.#mutex;
  }

  /**
   * Unlocks the mutex and waits to be woken; the mutex is locked again when the promise settles,
   * either way. Nobody is woken for nothing, but what was true at the signal may not be any more: wait
   * in a loop.
   *
   * @param ctx ends the wait: the promise rejects with its cause, once the mutex is locked again
   * @throws GoPanic `ERR_UNLOCK_OF_UNLOCKED` (rejects) when the mutex is not locked
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   */
  wait(ctx?: Context): Promise<void> {
    return wait(native.condWait, this.#handle, ctx, () => undefined, notLocked);
  }

  /**
   * As {@link wait}, blocking the thread: see {@link Mutex.lockSync}.
   * @param ctx ends the wait: its cause is thrown, once the mutex is locked again
   * @throws GoPanic `ERR_UNLOCK_OF_UNLOCKED` when the mutex is not locked
   * @throws GoPanic `ERR_SYNC_ON_MAIN` outside goroutines started by `go()`
   */
  waitSync(ctx?: Context): void {
    waitSync('waitSync', native.condWait, this.#handle, ctx, notLocked);
  }

  /** Wakes the goroutine that has waited longest, if any waits. */
  signal(): void {
    I[Word.Kind] = 0;
    now(native.condSignal, this.#handle);
  }

  /** Wakes every goroutine that waits. */
  broadcast(): void {
    I[Word.Kind] = 1;
    now(native.condSignal, this.#handle);
  }

  get [Symbol.toStringTag](): string {
    return 'Cond';
  }
}

revive(HandleKind.Cond, Cond as new () => Cond);
