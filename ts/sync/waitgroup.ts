/** `WaitGroup`: waits for a number of goroutines to finish, in any isolate. */

import { GoPanic, argumentError, rangeError } from '../errors.js';
import { HANDLE_OF, adopt, onArrival, type Shareable } from '../internal/handles.js';
import { native } from '../internal/native.js';
import { Double, HandleKind, Status, Word, doubles, words } from '../internal/page.js';
import { schedulePump } from '../internal/pump.js';
import { park } from '../internal/tickets.js';

const I = words;
const F = doubles;

/** Hidden argument: the handle of a group that arrived from another isolate. */
const arrived = Symbol('arrived');

/**
 * A counter to wait for. Call {@link add} before starting a goroutine and {@link done} at its end;
 * {@link wait} resolves when the counter is 0. Pass it to goroutines as an argument.
 *
 * @example
 * const wg = new WaitGroup();
 * wg.add(2);
 * for (const part of parts) void go(work, part, wg); // calls wg.done() at the end
 * await wg.wait();
 */
export class WaitGroup implements Shareable {
  readonly #handle: number;

  constructor();
  /** @internal */
  constructor(mark?: typeof arrived, handle?: number);
  constructor(mark?: typeof arrived, handle?: number) {
    if (mark === arrived) {
      this.#handle = handle as number;
    } else {
      native.makeWaitGroup();
      this.#handle = I[Word.Handle] as number;
    }
    adopt(this, this.#handle);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Adds to the counter.
   * @param delta a whole number, negative ones included
   * @throws GoPanic `ERR_NEGATIVE_WAITGROUP` when the counter would become negative
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `delta`
   */
  add(delta = 1): void {
    if (typeof delta !== 'number') throw argumentError('delta', 'a whole number', delta);
    if (!Number.isSafeInteger(delta)) throw rangeError('delta', 'a whole number', delta);
    F[Double.Number] = delta;
    I[Word.Handle] = this.#handle;
    native.waitGroupAdd();
    if (I[Word.Status] !== Status.Done) {
      throw new GoPanic('ERR_NEGATIVE_WAITGROUP', 'sync: negative WaitGroup counter');
    }
  }

  /** Takes one off the counter: `add(-1)`. */
  done(): void {
    this.add(-1);
  }

  /** Resolves when the counter is 0. */
  async wait(): Promise<void> {
    I[Word.Handle] = this.#handle;
    native.waitGroupWait();
    if (I[Word.Status] === Status.Done) return;
    await new Promise<void>((resolve) => {
      park({ wake: () => resolve() });
      schedulePump();
    });
  }

  get [Symbol.toStringTag](): string {
    return 'WaitGroup';
  }
}

onArrival(HandleKind.WaitGroup, (handle) => new WaitGroup(arrived, handle));
