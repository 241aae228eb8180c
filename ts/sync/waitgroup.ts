/** `WaitGroup`: waits for a number of goroutines to finish, in any isolate. */

import type { Context } from '../context.js';
import { GoPanic, argumentError, rangeError } from '../errors.js';
import { goAs } from '../go.js';
import { native } from '../internal/native.js';
import { Double, HandleKind, doubles } from '../internal/page.js';
import { now, wait, waitSync } from '../internal/wait.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';

const F = doubles;
const { waitGroupAdd, waitGroupWait } = native;

function negative(): GoPanic {
  return new GoPanic('ERR_NEGATIVE_WAITGROUP', 'sync: negative WaitGroup counter');
}

/**
 * A counter to wait for. {@link go} starts a goroutine and counts it; or call {@link add} before you
 * start one and {@link done} at its end. {@link wait} resolves when the counter is 0.
 *
 * @example
 * const wg = new WaitGroup();
 * for (const part of parts) wg.go(work, part);
 * wg.add(); // for one that is started otherwise
 * void go.local(() => wg.done());
 * await wg.wait();
 * await go((it: WaitGroup) => it.waitSync(), wg); // in a goroutine that cannot await
 */
export class WaitGroup implements Shareable {
  readonly #handle: number;

  constructor() {
    this.#handle = handleFor(this, native.makeWaitGroup);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Adds to the counter.
   * @param delta a whole number, negative ones included; the default is 1
   * @throws GoPanic `ERR_NEGATIVE_WAITGROUP` when the counter would become negative
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `delta`
   */
  add(delta = 1): void {
    if (typeof delta !== 'number') throw argumentError('delta', 'a whole number', delta);
    if (!Number.isSafeInteger(delta)) throw rangeError('delta', 'a whole number', delta);
    F[Double.Number] = delta;
    now(waitGroupAdd, this.#handle, negative);
  }

  /** Takes one off the counter: `add(-1)`. */
  done(): void {
    this.add(-1);
  }

  /**
   * Adds one, starts a goroutine as `go(fn, ...args)` does, and takes one off when it has ended. Go's
   * `WaitGroup.Go`.
   *
   * If `fn` throws, nothing is taken off and the error surfaces as an unhandled rejection, which ends
   * the process, as a panic does in Go: `wait` does not return as if all were well.
   *
   * @param fn runs as by `go`, in any isolate
   * @param args what it is called with
   * @throws what `go` throws at the call; the counter is then as it was
   */
  go<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): void {
    const started = goAs(this.go, fn, args);
    this.add(1);
    void started.then(() => this.done());
  }

  /**
   * Resolves when the counter is 0.
   * @param ctx ends the wait: the promise rejects with its cause
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `ctx` is no context
   */
  wait(ctx?: Context): Promise<void> {
    return wait(waitGroupWait, this.#handle, ctx, () => undefined);
  }

  /**
   * As {@link wait}, blocking the thread: see {@link Mutex.lockSync}.
   * @param ctx ends the wait: its cause is thrown
   * @throws GoPanic `ERR_SYNC_ON_MAIN` outside goroutines started by `go()`
   */
  waitSync(ctx?: Context): void {
    waitSync('waitSync', waitGroupWait, this.#handle, ctx);
  }

  get [Symbol.toStringTag](): string {
    return 'WaitGroup';
  }
}

revive(HandleKind.WaitGroup, WaitGroup);
