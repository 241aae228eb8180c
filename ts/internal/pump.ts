/**
 * The pump: asks the scheduler what this isolate should do next, again and again, until there is
 * nothing; then the isolate parks in its event loop.
 *
 * It runs from a `process.nextTick` that is scheduled by a microtask: Node serves such a tick only
 * after all microtasks have run, those that they queued included: exactly when the goroutines here
 * have run dry. (A tick scheduled by another tick runs before the microtasks.) So a busy isolate pays nothing for it, and one that ran dry
 * can look for news inside the addon for a few microseconds before it goes to sleep
 * (`crates/runtime/src/sched/README.md`). After ten milliseconds of this it lets the event loop have
 * a turn, so that timers and I/O of the same isolate do not starve.
 */

import { AsyncResource } from 'node:async_hooks';
import { parentPort } from 'node:worker_threads';

import { warnOfLockCycles } from './lock-cycles.js';
import { Role, native, role } from './native.js';
import {
  Asked,
  Double,
  type Kind,
  LOCK_CYCLE,
  Layout,
  News,
  Turn,
  VAULT_WAITS,
  Word,
  doubles,
  words,
} from './page.js';
import { parkedCount, unpark } from './tickets.js';
import { readValue } from './values.js';

const I = words;
const F = doubles;

/** How long the pump may keep the event loop waiting, in milliseconds. */
const LOOP_EVERY = 10;
/** Turns between two readings of the clock. */
const TURNS_PER_READING = 32;

/** What a worker does with a goroutine to start; set by `run.ts` there. */
let startGoroutine: () => void = () => undefined;
/** What the main isolate does when workers are wanted, or to end; set by `isolates.ts` there. */
let seeToIsolates: (wanted: number) => void = () => undefined;
/** What the main isolate does when its vault has buffers that may go; set by `vault.ts` there. */
let sweepVault: () => void = () => undefined;

export function onStart(start: () => void): void {
  startGoroutine = start;
}

export function onWanted(see: (wanted: number) => void): void {
  seeToIsolates = see;
}

export function onVaultWaits(sweep: () => void): void {
  sweepVault = sweep;
}

/** Whether this isolate does not take part yet. */
let withheld = false;

/** From now on nothing is delivered here, and nothing started, until what it gives is called. */
export function holdPump(): () => void {
  withheld = true;
  return () => {
    withheld = false;
    schedulePump();
  };
}

let scheduled = false;
let turns = 0;
let loopSeen = performance.now();

/** Whether the event loop is held open for the scheduler. Workers of ours always are. */
let held = false;
/** The event loop was let go, to see whether it runs dry: the scheduler has asked. */
let asked = false;
/** The scheduler says that nobody else can do anything; what happens here makes it untrue. */
let stuck = false;

/** The pump must not run in, or hand on, the async context of whoever happened to schedule it. */
const root = new AsyncResource('gosched', { requireManualDestroy: true });

/** Sees to it that the pump runs once the current microtasks are done. */
export function schedulePump(): void {
  I[Word.Pump] = 0;
  if (scheduled) return;
  scheduled = true;
  stuck = false;
  native.awake();
  root.runInAsyncScope(afterMicrotasks);
}

/**
 * After an operation, when `Word.Pump` is set and all that it came to has been read: resumes whom it has
 * served here (`crates/runtime/src/chan/own.rs`). The pump runs in any case: what is no longer parked
 * may have been all that holds the event loop.
 */
export function attendNews(): void {
  const isServed = I[Word.Pump] === News.Served;
  schedulePump();
  if (isServed) resume(Layout.ServedWord, Layout.ServedDouble);
}

const resolved = Promise.resolve();

function afterMicrotasks(): void {
  void resolved.then(tick);
}

function tick(): void {
  process.nextTick(pump);
}

function pump(): void {
  scheduled = false;
  if (withheld) return;
  stuck = false;
  I[Word.Pump] = 0;
  I[Word.Kind] = parkedCount() > 0 ? 1 : 0;
  native.poll();
  const wanted = I[Word.Wanted] as number;
  const turn = I[Word.Status] as Turn;
  if (turn === Turn.Events) {
    deliver(I[Word.Count] as number);
    again();
  } else if (turn === Turn.Start) {
    again();
    startGoroutine();
  } else {
    holdLoop(I[Word.Count] as Asked);
  }
  if (wanted !== 0) attend(wanted);
}

function attend(wanted: number): void {
  if ((wanted & VAULT_WAITS) !== 0) sweepVault();
  if ((wanted & LOCK_CYCLE) !== 0) warnOfLockCycles();
  const isolates = wanted & ~(VAULT_WAITS | LOCK_CYCLE);
  if (isolates !== 0) seeToIsolates(isolates);
}

/** Called by the addon on the event loop, when another thread has news for a parked isolate. */
function woken(): void {
  loopSeen = performance.now();
  if (!scheduled) pump();
}

function again(): void {
  scheduled = true;
  if (++turns % TURNS_PER_READING === 0 && performance.now() - loopSeen > LOOP_EVERY) {
    F[Double.Owner] = F[Double.Nobody] as number;
    setImmediate(afterLoop);
  } else {
    afterMicrotasks();
  }
}

function afterLoop(): void {
  loopSeen = performance.now();
  pump();
}

function deliver(count: number): void {
  let word = Layout.EventWord;
  let double = Layout.EventDouble;
  for (let n = 0; n < count; n++) {
    resume(word, double);
    word += Layout.EventWords;
    double += Layout.EventDoubles;
  }
}

/** Resumes whom the event in these places is for. */
function resume(word: number, double: number): void {
  const kind = I[word] as Kind;
  const which = I[word + 2] as number;
  const waiter = unpark(I[word + 1] as number);
  const value = readDelivered(I[word + 3] as number, F[double] as number);
  // A ticket without a waiter cannot happen; the value is read all the same, to free its place.
  waiter?.wake(kind, which, value);
}

/**
 * A value that cannot be read here (no encoder makes one on purpose) must not take the events after it
 * along: it is an uncaught exception, with `undefined` in its place.
 */
function readDelivered(tag: number, payload: number): unknown {
  try {
    return readValue(tag, payload);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return undefined;
  }
}

/** Before parking: keeps the event loop open exactly as long as there is something to wait for. */
function holdLoop(wants: Asked): void {
  // In a turn of the event loop of its own: while `beforeExit` is emitted it would be too late to say so.
  if ((wants & Asked.Quiet) !== 0 && !asked) setImmediate(runDry);
  if ((wants & Asked.Stuck) !== 0) setImmediate(believeStuck);
  if (role === Role.Worker) return;
  native.live();
  // The main thread stays for every goroutine, awaited or not; a worker of the program's own stays
  // for what it waits for itself.
  const live = (F[Double.Number] as number) > 0 && !stuck;
  const hold = live && (role === Role.Main || parkedCount() > 0);
  if (!hold && I[Word.Kind] === 1) {
    stuck = false;
    // The last goroutine has ended since we parked, and its mail is here. A loop that is released, or
    // was never held, would end without it: a wake-up that is under way does not hold the loop.
    schedulePump();
    return;
  }
  if (hold === held) return;
  held = hold;
  if (hold) native.ref();
  else native.unref();
}

/**
 * The scheduler asks whether anything here could still happen: whatever holds the event loop, a socket
 * or a timer, a child process, work in a thread pool. Node knows, and says so by `beforeExit`: it is let
 * go, and held again at once when that comes (`quiet`). Until then a wake-up that is under way does not
 * hold it; it is not needed, for `beforeExit` comes first.
 */
function runDry(): void {
  if (scheduled) return; // it is asked again when it parks
  asked = true;
  held = false;
  native.unref();
  if (role === Role.Worker) parentPort?.unref();
}

/** The scheduler says that nobody else can do anything. */
function believeStuck(): void {
  if (scheduled) return;
  stuck = true;
  holdLoop(0 as Asked);
}

/** The event loop has run dry. */
function hasRunDry(): void {
  if (asked) {
    asked = false;
    held = role === Role.Worker || parkedCount() > 0;
    if (held) native.ref();
    native.quiet();
    if (I[Word.Kind] === 1) schedulePump();
  } else if (stuck) {
    checkStuck();
    // What other listeners do now may change it.
    if (stuck) process.nextTick(checkStuck);
  }
}

function checkStuck(): void {
  native.stuck();
  if (I[Word.Kind] !== 1) schedulePump();
}

/** What could still happen, in the whole process or here, when the event loop has run dry. */
export interface Left {
  /** Goroutines and timers of ours are left, in any isolate. */
  readonly isAlive: boolean;
  /** Mail for this isolate waits, by which the program may go on. */
  readonly hasMail: boolean;
}

export function whatIsLeft(): Left {
  native.live();
  return { isAlive: (F[Double.Number] as number) > 0, hasMail: I[Word.Kind] === 1 };
}

// Budget for operations that complete at once: a loop of them never runs dry, so the pump never
// gets its turn and must be given one, for the sake of timers and signals on this event loop.
const OPERATIONS_PER_READING = 512;
let operations = OPERATIONS_PER_READING;

/** Counts an operation that completed at once. True: let the event loop run before going on. */
export function overdue(): boolean {
  if (--operations > 0) return false;
  operations = OPERATIONS_PER_READING;
  return performance.now() - loopSeen > LOOP_EVERY;
}

/** Resolves after the event loop has had a turn. */
export function loopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      F[Double.Owner] = F[Double.Nobody] as number;
      loopSeen = performance.now();
      resolve();
    });
  });
}

I[Word.Kind] = role;
native.setPump(woken);
process.on('beforeExit', hasRunDry);
if (role === Role.Worker) native.ref();
