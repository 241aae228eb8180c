/**
 * What becomes of a program in which nothing can happen any more.
 *
 * The scheduler finds out that every goroutine waits for another (`crates/runtime/src/sched/README.md`,
 * "Quiescence"), and the pump then lets go of the event loop. If that has nothing else to do either, Node
 * ends the program, and two things tell whether that is a deadlock: Node's exit code says that the main
 * program is in the middle of a top-level `await`, and an operation of ours is parked here. A main
 * program that has ended, or that only left operations behind which nobody awaits, ends like any other.
 */

import { writeSync } from 'node:fs';

import { Deadlock } from '../errors.js';
import { Role, native, role } from './native.js';
import { Word, words } from './page.js';
import { schedulePump } from './pump.js';
import { failParked, parkedCount } from './tickets.js';

const I = words;

/** Node's exit code for a top-level `await` that has not ended. */
const UNSETTLED = 13;
/** Go's for a fatal error. */
const FATAL = 2;

/** What happens at a deadlock. */
export type DeadlockAction = 'exit' | 'throw' | ((report: string) => void);

let action: DeadlockAction = 'exit';

/** @returns what it was before */
export function setDeadlockAction(to: DeadlockAction): DeadlockAction {
  const before = action;
  action = to;
  return before;
}

/** What every goroutine does, in Go's text form of that number. */
export function dumpText(debug: 1 | 2): string {
  I[Word.Kind] = debug;
  return native.dump();
}

function report(): string {
  return `fatal error: all goroutines are asleep - deadlock!\n\n${dumpText(2)}`;
}

/** Whether nothing will ever happen again, now that this event loop has run dry. */
function isOver(): boolean {
  native.stuck();
  return I[Word.Kind] === 1;
}

function beforeExit(): void {
  if (action !== 'throw' || parkedCount() === 0 || !isOver()) return;
  // What is thrown lets the main program go on; the pump holds the event loop again if need be.
  failParked(new Deadlock(report()));
  schedulePump();
  // Where nothing holds it the loop turns once more, and ends in a `beforeExit` again: the main program may
  // wait for the next thing in vain.
  setImmediate(() => undefined);
}

function exit(): void {
  if (process.exitCode !== UNSETTLED || parkedCount() === 0 || !isOver()) return;
  process.exitCode = FATAL;
  const text = report();
  if (typeof action === 'function') action(text);
  else writeSync(process.stderr.fd, text);
}

if (role === Role.Main) {
  process.on('beforeExit', beforeExit);
  process.on('exit', exit);
}

