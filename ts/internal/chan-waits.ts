/**
 * Channel operations that wait: the promise of each, and what resolves it.
 */

import { GoPanic } from '../errors.js';
import { giveUp, turnOf } from './locals.js';
import type { Moving } from './moving.js';
import { Kind, Status } from './page.js';
import { schedulePump } from './pump.js';
import { park, type Waiter } from './tickets.js';

/** What iterating gives at the end. */
export const DONE: IteratorResult<never, undefined> = Object.freeze({ value: undefined, done: true });

/** The error of a status that is neither done nor parked. */
export function failure(status: Status, closed: string): GoPanic {
  if (status === Status.Closed) {
    const code = closed.startsWith('send') ? 'ERR_SEND_ON_CLOSED' : 'ERR_CLOSE_OF_CLOSED';
    return new GoPanic(code, closed);
  }
  return new GoPanic(
    'ERR_BAD_HANDLE',
    'this handle does not belong to this isolate; pass it as an argument or over a channel',
  );
}

class SendWaiter implements Waiter {
  readonly #turn: number;

  constructor(
    readonly resolve: () => void,
    readonly reject: (reason: unknown) => void,
    /** Where the value is kept, if it never left this isolate. */
    readonly slot: number,
    /** Not collected meanwhile: its handle is how the line is left if this isolate ends. */
    readonly source: object,
    /** The buffers that it takes along. */
    readonly moving: Moving | undefined,
  ) {
    this.#turn = slot >= 0 ? turnOf(slot) : 0;
  }

  wake(kind: Kind): void {
    if (kind === Kind.Sent) {
      this.moving?.done();
      this.resolve();
      return;
    }
    this.fail(failure(Status.Closed, 'send on closed channel'));
  }

  fail(error: Error): void {
    if (this.slot >= 0) giveUp(this.slot, this.#turn);
    this.reject(this.moving?.failed(error) ?? error);
  }
}

class RecvWaiter<T> implements Waiter {
  constructor(
    readonly resolve: (value: T | undefined) => void,
    readonly fail: (error: Error) => void,
    /** Not collected meanwhile: a value that comes too late for this isolate goes back there. */
    readonly source: object,
  ) {}

  wake(_kind: Kind, _which: number, value: unknown): void {
    this.resolve(value as T | undefined);
  }
}

class NextWaiter<T> implements Waiter {
  constructor(
    readonly resolve: (result: IteratorResult<T, undefined>) => void,
    readonly fail: (error: Error) => void,
    /** As in `RecvWaiter`. */
    readonly source: object,
  ) {}

  wake(kind: Kind, _which: number, value: unknown): void {
    this.resolve(kind === Kind.Drained ? DONE : { value: value as T, done: false });
  }
}

// Promises are made by functions of this module, which find here what parks: a closure for each promise, and
// what it closes over, would be another hundred bytes to collect for each operation that waits.
let parking: object | undefined;
let parkingSlot = -1;
let parkingMoving: Moving | undefined;

type Reject = (reason: unknown) => void;

/**
 * The send that the addon has just parked.
 * @param source the channel
 * @param slot where the value is kept if it never left this isolate, or -1
 * @param moving the buffers that it takes along
 */
export function parkSend(
  source: object,
  slot: number,
  moving: Moving | undefined,
): Promise<void> {
  parking = source;
  parkingSlot = slot;
  parkingMoving = moving;
  return new Promise(sender);
}

function sender(resolve: () => void, reject: Reject): void {
  parkWaiter(new SendWaiter(resolve, reject, parkingSlot, parking as object, parkingMoving));
  parkingMoving = undefined;
}

/** The receive that the addon has just parked. */
export function parkRecv<T>(source: object): Promise<T | undefined> {
  parking = source;
  return new Promise<T | undefined>(receiver);
}

function receiver(resolve: (value: undefined) => void, reject: Reject): void {
  parkWaiter(new RecvWaiter(resolve, reject, parking as object));
}

/** As {@link parkRecv}, in the comma-ok form. */
export function parkNext<T>(source: object): Promise<IteratorResult<T, undefined>> {
  parking = source;
  return new Promise<IteratorResult<T, undefined>>(iterator);
}

function iterator(resolve: (result: IteratorResult<never, undefined>) => void, reject: Reject): void {
  parkWaiter(new NextWaiter(resolve, reject, parking as object));
}

function parkWaiter(waiter: Waiter): void {
  park(waiter);
  parking = undefined;
  schedulePump();
}
