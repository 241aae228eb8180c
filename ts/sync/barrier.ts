/** `Barrier`: so many goroutines wait for each other, again and again. */

import type { Context } from '../context.js';
import { checkCount } from '../errors.js';
import { native } from '../internal/native.js';
import { Double, HandleKind, doubles } from '../internal/page.js';
import { wait, waitSync } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';

const F = doubles;
const MAX_PARTIES = 2 ** 32 - 1;

/**
 * Holds goroutines until a number of them has come, then lets all go on and begins anew: for rounds
 * in which nobody may run ahead.
 *
 * @example
 * const round = new Barrier(workers);
 * // in each worker:
 * if (await round.wait()) await merge(); // one of them, the last to come
 * await round.wait();
 * await go((it: Barrier) => it.waitSync(), round); // in a goroutine that cannot await
 */
export class Barrier implements Shareable {
  readonly #handle: number;

  /**
   * @param parties how many wait for each other, from 1 up
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `parties`
   */
  constructor(parties: number) {
    this.#handle = handleFor(this, () => {
      F[Double.Number2] = checkCount('parties', parties, 1, MAX_PARTIES);
      native.makeBarrier();
    });
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Waits until all parties wait.
   * @param ctx ends the wait: the promise rejects with its cause, and this one has not come
   * @returns true for the one that came last
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   */
  wait(ctx?: Context): Promise<boolean> {
    return wait(native.barrierWait, this.#handle, ctx, (outcome) => outcome === 1);
  }

  /**
   * As {@link wait}, blocking the thread: see {@link Mutex.lockSync}.
   * @param ctx ends the wait: its cause is thrown, and this one has not come
   * @returns true for the one that came last
   * @throws GoPanic `ERR_SYNC_ON_MAIN` outside goroutines started by `go()`
   */
  waitSync(ctx?: Context): boolean {
    return waitSync('waitSync', native.barrierWait, this.#handle, ctx) === 1;
  }

  get [Symbol.toStringTag](): string {
    return 'Barrier';
  }
}

revive(HandleKind.Barrier, Barrier as new () => Barrier);
