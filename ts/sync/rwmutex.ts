/** `RWMutex`: many readers or one writer, in any isolate. */

import type { Context } from '../context.js';
import { GoPanic } from '../errors.js';
import { native } from '../internal/native.js';
import { HandleKind, Word, words } from '../internal/page.js';
import { now, wait, waitSync } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';
import { Guard } from './guard.js';

const I = words;
const { rwMutexLock, rwMutexTryLock, rwMutexUnlock } = native;

/** What a goroutine wants to do; as the addon has it. */
const enum Access {
  Read = 0,
  Write = 1,
}

function notLocked(): GoPanic {
  return new GoPanic(
    'ERR_UNLOCK_OF_UNLOCKED',
    'sync: Unlock of unlocked RWMutex (each unlock needs a lock before it; for rlock it is runlock)',
  );
}

function notRLocked(): GoPanic {
  return new GoPanic(
    'ERR_UNLOCK_OF_UNLOCKED',
    'sync: RUnlock of unlocked RWMutex (each runlock needs an rlock before it; for lock it is unlock)',
  );
}

/**
 * What can be locked: a mutex, or one side of an {@link RWMutex}.
 *
 * @example
 * const locked = async (it: Locker): Promise<void> => {
 *   await it.lock();
 *   await work();
 *   it.unlock();
 * };
 * await locked(new RWMutex().rlocker());
 */
export interface Locker {
  /**
   * Locks, waiting for it.
   * @param ctx ends the wait: the promise rejects with its cause
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   */
  lock(ctx?: Context): Promise<Guard>;
  /**
   * Unlocks.
   * @throws GoPanic `ERR_UNLOCK_OF_UNLOCKED` when it is not locked
   */
  unlock(): void;
}

/**
 * Lets many goroutines read or one write, wherever they run. After Go's `sync.RWMutex`: once a writer
 * waits no more readers are let in, and when it unlocks all readers that wait by then go before the
 * next writer; so neither keeps the other out. Reading twice in one goroutine can therefore deadlock.
 *
 * What an isolate that ends held is unlocked.
 *
 * @example
 * const mu = new RWMutex();
 * { using reading = await mu.rlock(); } // or: await mu.rlock(); mu.runlock();
 * { using writing = await mu.lock(); } // or: await mu.lock(); mu.unlock();
 * if (mu.tryRLock()) mu.runlock();
 * if (mu.tryLock()) mu.unlock();
 * const reading = await mu.rlocker().lock();
 * reading.unlock();
 * await go((it: RWMutex) => it.rlockSync().unlock(), mu); // in a goroutine that cannot await
 * await go((it: RWMutex) => it.lockSync().unlock(), mu);
 */
export class RWMutex implements Shareable, Locker {
  readonly #handle: number;

  constructor() {
    this.#handle = handleFor(this, native.makeRwMutex);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Locks for writing.
   * @param ctx ends the wait: the promise rejects with its cause
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   */
  lock(ctx?: Context): Promise<Guard> {
    return wait(startWriting, this.#handle, ctx, () => new Guard(() => this.unlock()));
  }

  /**
   * Locks for reading.
   * @param ctx ends the wait: the promise rejects with its cause
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   */
  rlock(ctx?: Context): Promise<Guard> {
    return wait(startReading, this.#handle, ctx, () => new Guard(() => this.runlock()));
  }

  /**
   * As {@link lock}, blocking the thread: see {@link Mutex.lockSync}.
   * @param ctx ends the wait: its cause is thrown
   * @throws GoPanic `ERR_SYNC_ON_MAIN` outside goroutines started by `go()`
   */
  lockSync(ctx?: Context): Guard {
    waitSync('lockSync', startWriting, this.#handle, ctx);
    return new Guard(() => this.unlock());
  }

  /**
   * As {@link rlock}, blocking the thread: see {@link Mutex.lockSync}.
   * @param ctx ends the wait: its cause is thrown
   * @throws GoPanic `ERR_SYNC_ON_MAIN` outside goroutines started by `go()`
   */
  rlockSync(ctx?: Context): Guard {
    waitSync('rlockSync', startReading, this.#handle, ctx);
    return new Guard(() => this.runlock());
  }

  /** Locks for writing if nobody reads or writes. */
  tryLock(): boolean {
    I[Word.Kind] = Access.Write;
    return now(rwMutexTryLock, this.#handle);
  }

  /** Locks for reading if nobody writes or waits to write. */
  tryRLock(): boolean {
    I[Word.Kind] = Access.Read;
    return now(rwMutexTryLock, this.#handle);
  }

  /**
   * The writer has finished.
   * @throws GoPanic `ERR_UNLOCK_OF_UNLOCKED` when nobody writes
   */
  unlock(): void {
    I[Word.Kind] = Access.Write;
    now(rwMutexUnlock, this.#handle, notLocked);
  }

  /**
   * A reader has finished.
   * @throws GoPanic `ERR_UNLOCK_OF_UNLOCKED` when nobody reads
   */
  runlock(): void {
    I[Word.Kind] = Access.Read;
    now(rwMutexUnlock, this.#handle, notRLocked);
  }

  /** The reading side as a lock: its `lock` is {@link rlock}, its `unlock` is {@link runlock}. */
  rlocker(): Locker {
    return { lock: (ctx?: Context) => this.rlock(ctx), unlock: () => this.runlock() };
  }

  get [Symbol.toStringTag](): string {
    return 'RWMutex';
  }
}

function startWriting(): void {
  I[Word.Kind] = Access.Write;
  rwMutexLock();
}

function startReading(): void {
  I[Word.Kind] = Access.Read;
  rwMutexLock();
}

revive(HandleKind.RWMutex, RWMutex);
