/** `Semaphore`: so many units, taken several at a time, in any isolate. */

import type { Context } from '../context.js';
import { GoPanic, checkCount, rangeError } from '../errors.js';
import { native } from '../internal/native.js';
import { Double, HandleKind, doubles } from '../internal/page.js';
import { now, wait, waitSync } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';
import { Guard } from './guard.js';

const F = doubles;
const { semaphoreAcquire } = native;

function notHeld(): GoPanic {
  return new GoPanic(
    'ERR_SEMAPHORE_RELEASE',
    'semaphore: released more than held (release what was acquired, once; a guard releases by itself)',
  );
}

/** Puts a number of units into its register. */
function putUnits(n: number): number {
  const units = checkCount('n', n, 0, Number.MAX_SAFE_INTEGER);
  F[Double.Number2] = units;
  return units;
}

/**
 * Limits how much is done at once: a number of units, of which each acquires some. After
 * `golang.org/x/sync/semaphore`. First come, first served: small requests stand behind a large one,
 * so that it gets its turn.
 *
 * What an isolate that ends had acquired, and nobody has released, is released.
 *
 * @example
 * const memory = new Semaphore(512);
 * using held = await memory.acquire(100);
 * if (memory.tryAcquire(200)) memory.release(200);
 * await go((it: Semaphore) => it.acquireSync(1).unlock(), memory); // where it cannot await
 */
export class Semaphore implements Shareable {
  readonly #handle: number;

  /**
   * @param size how many units there are, from 0 up
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `size`
   */
  constructor(size: number) {
    this.#handle = handleFor(this, () => {
      F[Double.Number2] = checkCount('size', size, 0, Number.MAX_SAFE_INTEGER);
      native.makeSemaphore();
    });
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Acquires `n` units, waiting until they are free and it is its turn.
   *
   * @param n a whole number from 0 up; the default is 1
   * @param ctx ends the wait: the promise rejects with its cause, and nothing is acquired
   * @returns releases the units, at the end of its block with `using`; or call {@link release}
   * @throws RangeError `ERR_OUT_OF_RANGE` (rejects) for `n`; also for more than there are in all,
   *   unless `ctx` will end the wait
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) for an argument
   */
  acquire(n = 1, ctx?: Context): Promise<Guard> {
    let units: number;
    try {
      units = putUnits(n);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    const guard = (): Guard => new Guard(() => this.release(units));
    return wait(semaphoreAcquire, this.#handle, ctx, guard, () => this.#tooMany(units));
  }

  /**
   * As {@link acquire}, blocking the thread: see {@link Mutex.lockSync}.
   * @param n a whole number from 0 up; the default is 1
   * @param ctx ends the wait: its cause is thrown, and nothing is acquired
   * @throws GoPanic `ERR_SYNC_ON_MAIN` outside goroutines started by `go()`
   */
  acquireSync(n = 1, ctx?: Context): Guard {
    const units = putUnits(n);
    waitSync('acquireSync', semaphoreAcquire, this.#handle, ctx, () => this.#tooMany(units));
    return new Guard(() => this.release(units));
  }

  /**
   * Acquires `n` units if they are free and nobody waits.
   * @param n a whole number from 0 up; the default is 1
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `n`
   */
  tryAcquire(n = 1): boolean {
    putUnits(n);
    return now(native.semaphoreTryAcquire, this.#handle);
  }

  /**
   * Gives `n` units back, whoever acquired them.
   * @param n a whole number from 0 up; the default is 1
   * @throws GoPanic `ERR_SEMAPHORE_RELEASE` when fewer are held
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `n`
   */
  release(n = 1): void {
    putUnits(n);
    now(native.semaphoreRelease, this.#handle, notHeld);
  }

  /** Units in all. */
  get size(): number {
    now(native.semaphoreState, this.#handle);
    return F[Double.Number2] as number;
  }

  /** Units that are held now. */
  get held(): number {
    now(native.semaphoreState, this.#handle);
    return F[Double.Number] as number;
  }

  get [Symbol.toStringTag](): string {
    return 'Semaphore';
  }

  #tooMany(units: number): RangeError {
    return rangeError('n', `at most the semaphore's size, ${this.size}, without a ctx`, units);
  }
}

revive(HandleKind.Semaphore, Semaphore as new () => Semaphore);
