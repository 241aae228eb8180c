/**
 * Parked operations of this isolate: ticket -> who is to be resumed.
 *
 * The addon knows a parked operation by its ticket alone. Tickets are small integers, reused, so
 * that looking one up is an array access.
 */

import type { Kind } from './page.js';

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

/** The ticket that the next parked operation will have. */
export function nextTicket(): number {
  return free.length > 0 ? (free[free.length - 1] as number) : waiters.length;
}

/** Notes that `waiter` is parked under {@link nextTicket}. */
export function park(waiter: Waiter): void {
  const ticket = free.pop() ?? waiters.length;
  waiters[ticket] = waiter;
  parked++;
}

/** Takes the waiter of a ticket out. */
export function unpark(ticket: number): Waiter | undefined {
  const waiter = waiters[ticket];
  if (waiter !== undefined) {
    waiters[ticket] = undefined;
    free.push(ticket);
    parked--;
  }
  return waiter;
}

/** How many operations are parked here. */
export function parkedCount(): number {
  return parked;
}
