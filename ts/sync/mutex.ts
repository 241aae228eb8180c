/** `Mutex`: one goroutine at a time, in any isolate. */

import type { Context } from '../context.js';
import { GoPanic } from '../errors.js';
import { native } from '../internal/native.js';
import { HandleKind } from '../internal/page.js';
import { now, wait, waitSync } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';
import { Guard } from './guard.js';

const { mutexLock, mutexTryLock, mutexUnlock } = native;

function notLocked(): GoPanic {
  return new GoPanic(
    'ERR_UNLOCK_OF_UNLOCKED',
    'sync: unlock of unlocked mutex (each unlock needs a lock before it; a guard unlocks by itself)',
  );
}

/**
 * Keeps all but one goroutine out, wherever they run. After Go's `sync.Mutex`, with its two modes:
 * whoever runs may take a free mutex before those that wait, until one has waited for a millisecond;
 * then it is handed on in the order of the queue. It has no owner: any goroutine may unlock it.
 *
 * If the isolate that locked it last ends, it is unlocked.
 *
 * @example
 * const mu = new Mutex();
 * void go(work, mu); // in there: using held = await mu.lock();
 * if (mu.tryLock()) mu.unlock();
 */
export class Mutex implements Shareable {
  readonly #handle: number;

  constructor() {
    this.#handle = handleFor(this, native.makeMutex);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Locks, waiting while another holds it.
   * @param ctx ends the wait: the promise rejects with its cause
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   */
  lock(ctx?: Context): Promise<Guard> {
    return wait(mutexLock, this.#handle, ctx, this.#guard);
  }

  /**
   * As {@link lock}, blocking the thread: for goroutines started by `go()` that cannot await. Other
   * goroutines go on, except those of the same isolate.
   * @param ctx ends the wait: its cause is thrown
   * @throws GoPanic `ERR_SYNC_ON_MAIN` elsewhere
   * @throws GoPanic `ERR_SYNC_TOO_MANY` when no further thread may be blocked
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `ctx` is no context
   * @example
   * await go((mu: Mutex) => {
   *   using held = mu.lockSync();
   * }, mu);
   */
  lockSync(ctx?: Context): Guard {
    waitSync('lockSync', mutexLock, this.#handle, ctx);
    return this.#guard();
  }

  /** Locks if that needs no waiting. False: it is held, or others have waited long. */
  tryLock(): boolean {
    return now(mutexTryLock, this.#handle);
  }

  /**
   * Unlocks.
   * @throws GoPanic `ERR_UNLOCK_OF_UNLOCKED` when it is not locked
   */
  unlock(): void {
    now(mutexUnlock, this.#handle, notLocked);
  }

  get [Symbol.toStringTag](): string {
    return 'Mutex';
  }

  readonly #guard = (): Guard => new Guard(() => this.unlock());
}

revive(HandleKind.Mutex, Mutex);
