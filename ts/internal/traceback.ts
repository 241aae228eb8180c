/**
 * Where goroutines are created and where they wait, and exactly whose each operation is: for reports,
 * if the program is started with `GOSCHED_TRACEBACK=1`.
 *
 * It is an option because it costs: a stack at each `go` and each operation that parks (2 to 4 us), and
 * an `AsyncLocalStorage` around each goroutine (on Node.js 20 and 22 some 75 ns at each `await`).
 *
 * Without it a report knows whose an operation is by the turn in which it parked: what runs between two
 * visits of the pump follows from the start of one goroutine or from the events of one. Once one has
 * served another of the same isolate (`crates/runtime/src/chan/own.rs`) it is not known until the pump's
 * next visit. It can be mistaken where a goroutine resolves a promise that another of its isolate awaits.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { dirname } from 'node:path';

import { Role, native, role } from './native.js';
import { Double, Word, doubles, words } from './page.js';

const I = words;
const F = doubles;

/** Frames that a report shows of a place. */
const FRAMES = 8;
/** Frames of ours that may lie above the program's. */
const OWN_FRAMES = 12;

/** The folder of the compiled library, whose frames are left out. */
const own = dirname(__dirname);

/** Whether it is on. The environment variable is inherited by the worker isolates. */
export const tracebacks = !['', '0', undefined].includes(process.env['GOSCHED_TRACEBACK']);

const current = tracebacks ? new AsyncLocalStorage<number>() : undefined;
const sites = new Map<string, number>();

/** Calls `fn` as the goroutine `id`: what it parks, now or later, is its own. */
export function runAs<T>(id: number, fn: () => T): T {
  const before = F[Double.Owner] as number;
  F[Double.Owner] = id;
  try {
    return current === undefined ? fn() : current.run(id, fn);
  } finally {
    F[Double.Owner] = before;
  }
}

/** Whose turn it is, 0 if it is the main program's or not known. */
export function currentGoroutine(): number {
  const id = current === undefined ? (F[Double.Owner] as number) : (current.getStore() ?? 0);
  return Math.max(id, 0);
}

/** The number of the place of the call, 0 if it is not wanted. */
export function callSite(): number {
  return tracebacks ? siteNumber() : 0;
}

/** An operation has just parked under the ticket on the page: notes whose and where. */
export function notePark(): void {
  const id = current?.getStore();
  // Outside of all goroutines: the main program's, or a callback's of a worker isolate.
  F[Double.Owner] = id ?? (role === Role.Worker ? -1 : 0);
  I[Word.Count] = siteNumber();
  native.notePark();
}

/** Frames that say nothing about the program: ours, and those of the runtime below it. */
function isOurs(line: string): boolean {
  return line.includes(own) || line.includes('node:') || line.endsWith('at new Promise (<anonymous>)');
}

function siteNumber(): number {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES + OWN_FRAMES;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const frames = stack.split('\n').filter((line) => line.startsWith('    at ') && !isOurs(line));
  const text = frames.slice(0, FRAMES).map((line) => line.slice(7)).join('\n');
  let number = sites.get(text);
  if (number === undefined) {
    native.site(text);
    number = I[Word.Count] as number;
    sites.set(text, number);
  }
  return number;
}
