/**
 * Waits for locks, counters and semaphores: `crates/binding/src/wait.rs` from this side.
 *
 * A call of the addon starts a wait and is mostly done at once; else it has parked the ticket that
 * stands on the page, or, in the blocking mode, asks to be called again until it is over.
 */

import './deadlock.js';
import './dump-signal.js';
import { type Context, isContext } from '../context.js';
import { GoPanic, argumentError } from '../errors.js';
import { HANDLE_OF, type Shareable } from './handles.js';
import { Role, native, role } from './native.js';
import { type Kind, Status, Word, words } from './page.js';
import { loopTurn, overdue, schedulePump } from './pump.js';
import { park } from './tickets.js';
import { noteTurn, tracebacks } from './traceback.js';

const I = words;

/** The outcome of a wait whose context ended first. Others are the operation's own. */
const CANCELED = -1;

const NO_CONTEXT = -1;

/** A wait that the addon refuses; what that means is the operation's to say. */
type Refused = () => Error;

/** @throws TypeError `ERR_INVALID_ARG_TYPE` */
function contextHandle(ctx: Context | undefined): number {
  if (ctx === undefined) return NO_CONTEXT;
  if (!isContext(ctx)) throw argumentError('ctx', 'a context, or nothing', ctx);
  return (ctx as unknown as Shareable)[HANDLE_OF];
}

/** The error of a status that is neither done nor parked. */
function refusal(status: Status, ctx: Context | undefined, refused: Refused): unknown {
  switch (status) {
    case Status.Canceled:
      return ctx?.cause();
    case Status.Closed:
      return refused();
    case Status.TooMany:
      return new GoPanic(
        'ERR_SYNC_TOO_MANY',
        'too many goroutines block their threads at once: use the form that returns a promise',
      );
    default:
      return badHandle();
  }
}

/** A handle that the addon does not know: not made in this isolate, and not received in it. */
export function badHandle(): GoPanic {
  return new GoPanic(
    'ERR_BAD_HANDLE',
    'this handle does not belong to this isolate; pass it as an argument or over a channel',
  );
}

function never(): Error {
  return badHandle();
}

/**
 * Waits by promise. The registers of the operation are set, but for the handle and the context.
 *
 * @param start the addon's function
 * @param then makes the result from the outcome
 * @param refused what `Status.Closed` means
 */
export function wait<T>(
  start: () => void,
  handle: number,
  ctx: Context | undefined,
  then: (outcome: number) => T,
  refused: Refused = never,
): Promise<T> {
  let context: number;
  try {
    context = contextHandle(ctx);
  } catch (error) {
    return Promise.reject(error as Error);
  }
  I[Word.Handle] = handle;
  I[Word.Context] = context;
  I[Word.Blocks] = 0;
  if (tracebacks) noteTurn();
  start();
  if (I[Word.Pump] !== 0) schedulePump();
  const status = I[Word.Status] as Status;
  if (status === Status.Done) {
    const result = then(I[Word.Kind] as number);
    return overdue() ? loopTurn().then(() => result) : Promise.resolve(result);
  }
  if (status !== Status.Parked) {
    return Promise.reject(refusal(status, ctx, refused) as Error);
  }
  return new Promise((resolve, reject) => {
    park({
      wake(_kind: Kind, outcome: number) {
        if (outcome === CANCELED) reject(ctx?.cause() as Error);
        else resolve(then(outcome));
      },
      fail: reject,
    });
    schedulePump();
  });
}

/**
 * Waits by blocking the thread. Gives the outcome; its value, if there is one, is in the registers.
 *
 * @param name what the program called, for the error
 * @throws GoPanic `ERR_SYNC_ON_MAIN` outside the scheduler's worker isolates
 * @throws GoPanic `ERR_SYNC_TOO_MANY`
 */
export function waitSync(
  name: string,
  start: () => void,
  handle: number,
  ctx?: Context,
  refused: Refused = never,
): number {
  mustBeGoroutine(name);
  const context = contextHandle(ctx);
  // What comes meanwhile is looked at when this turn is over.
  schedulePump();
  I[Word.Handle] = handle;
  I[Word.Context] = context;
  I[Word.Blocks] = 1;
  if (tracebacks) noteTurn();
  start();
  I[Word.Blocks] = 0;
  while (I[Word.Status] === Status.Parked) blockForSlice();
  const status = I[Word.Status] as Status;
  if (status !== Status.Done) throw refusal(status, ctx, refused);
  return I[Word.Kind] as number;
}

/**
 * A function of its own, because V8 sees at the beginning of each that the worker is to be ended; in a loop
 * it looks only now and then, which would be minutes here.
 */
function blockForSlice(): void {
  native.block();
}

/** @throws GoPanic `ERR_SYNC_ON_MAIN` */
export function mustBeGoroutine(name: string): void {
  if (role === Role.Worker) return;
  throw new GoPanic(
    'ERR_SYNC_ON_MAIN',
    `${name} blocks its thread, and with it the event loop here: await ${name.replace(/Sync$/, '')} ` +
      'instead, or call it in a goroutine started by go()',
  );
}

/** Calls an operation that never waits. True: done. False: it would have to wait. */
export function now(call: () => void, handle: number, refused: Refused = never): boolean {
  I[Word.Handle] = handle;
  if (tracebacks) noteTurn();
  call();
  if (I[Word.Pump] !== 0) schedulePump();
  const status = I[Word.Status] as Status;
  if (status === Status.Done) return true;
  if (status === Status.Parked) return false;
  throw refusal(status, undefined, refused);
}
