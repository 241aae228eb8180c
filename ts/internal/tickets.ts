/**
 * Parked operations of this isolate: ticket -> who is to be resumed.
 *
 * The addon knows a parked operation by its ticket alone. Tickets are small integers, reused, so
 * that looking one up is an array access. The next one stands on the register page at all times, so
 * an operation need not ask for it before it knows whether it parks.
 */

import { type Kind, Word, words } from './page.js';
import { native } from './native.js';
import { notePark, tracebacks } from './traceback.js';

const I = words;

/** A parked operation. Woken once. */
export interface Waiter {
  /**
   * Resumes it. Runs no user code before the next microtask.
   * @param kind what happened
   * @param which the case of a select
   * @param value what was received, or the result or error of a goroutine
   */
  wake(kind: Kind, which: number, value: unknown): void;
  /** Ends the wait with an error. Its operation has been withdrawn, unless it {@link stays}. */
  fail?(error: Error): void;
  /** That what is waited for cannot be withdrawn: the ticket remains in use. */
  readonly stays?: boolean;
}

const waiters: (Waiter | undefined)[] = [];
const free: number[] = [];
let parked = 0;

/** The register always holds the ticket that the next parked operation will have. */
function announce(): void {
  I[Word.Ticket] = free.length > 0 ? (free[free.length - 1] as number) : waiters.length;
}

/** Notes that the operation that the addon has just parked is `waiter`'s. */
export function park(waiter: Waiter): void {
  if (tracebacks) notePark();
  waiters[free.pop() ?? waiters.length] = waiter;
  parked++;
  announce();
}

/** Takes the waiter of a ticket out. */
export function unpark(ticket: number): Waiter | undefined {
  const waiter = waiters[ticket];
  if (waiter !== undefined) {
    waiters[ticket] = undefined;
    free.push(ticket);
    parked--;
    announce();
  }
  return waiter;
}

/**
 * Withdraws the operations parked here whose wait can fail, and ends each with `error`. The results of
 * goroutines, which need not be awaited, only if there is nothing else.
 */
export function failParked(error: Error): void {
  const all = [...waiters.entries()].filter(([, waiter]) => waiter?.fail !== undefined);
  const operations = all.filter(([, waiter]) => waiter?.stays !== true);
  for (const [ticket] of operations) {
    I[Word.Ticket] = ticket;
    native.withdraw();
    unpark(ticket);
  }
  for (const [, waiter] of operations.length > 0 ? operations : all) waiter?.fail?.(error);
}

/** How many operations are parked here. */
export function parkedCount(): number {
  return parked;
}
