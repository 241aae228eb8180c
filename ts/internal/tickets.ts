/**
 * Parked operations of this isolate: ticket -> who is to be resumed.
 *
 * The addon knows a parked operation by its ticket alone. Tickets are small integers, reused, so
 * that looking one up is an array access. The next one stands on the register page at all times, so
 * an operation need not ask for it before it knows whether it parks.
 */

import { type Kind, Word, words } from './page.js';

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

/** How many operations are parked here. */
export function parkedCount(): number {
  return parked;
}
