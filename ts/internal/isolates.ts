/**
 * The worker isolates: started by the main thread (or, where that does not use the library, by a
 * worker of the program's own that does), when the scheduler asks; and ended there, too.
 *
 * They hold nothing open: the pump decides whether the process must stay (`pump.ts`). When nothing
 * is left to do they are ended in order, so that what they printed arrives.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, isMainThread, type ResourceLimits } from 'node:worker_threads';

import { IsolateDied, IsolateUnavailable } from '../errors.js';
import { END, END_IF_IDLE } from './ending.js';
import { Role, WORKER_MARK, native, role } from './native.js';
import { ORDERS, Order, Status, Word, words } from './page.js';
import { everythingLive, joinOthers } from './ported.js';
import { newLine } from './ports.js';
import { onWanted, schedulePump, whatIsLeft } from './pump.js';
import { putValue } from './values.js';
import { openVault } from './vault.js';

const I = words;

/**
 * How many isolates the first `go` starts before it does anything else. They take 50 to 80 ms to
 * come up, about as long as that first `go` takes to learn what its function is. Two, because a
 * program that starts one goroutine seldom stops there; more are started when there is work.
 */
const FIRST_ISOLATES = 2;

/**
 * How long a worker may take to answer that it ends, in milliseconds. No goroutine is left by then,
 * so only a callback of the program's own can keep it from answering.
 */
const ANSWERS_WITHIN = 1000;

/** Node's code of the error with which a worker's `error` event tells that. */
const OUT_OF_MEMORY = /^ERR_WORKER_OUT_OF_MEMORY$/;

/** A worker that has not ended. */
interface State {
  /** Its isolate's number, once it has come up. */
  isolate?: number;
  /** What nothing in it caught. */
  error?: unknown;
}

const workers = new Map<Worker, State>();
let early: (readonly [isolate: number, Order])[] = [];

let prepared = role !== Role.Main;
let resourceLimits: ResourceLimits | undefined;

/** Goroutines are about to be started. Cheap after the first call. */
export function prepareIsolates(): void {
  if (prepared) return;
  prepared = true;
  I[Word.Count] = FIRST_ISOLATES;
  native.reserve();
  startIsolates(I[Word.Wanted] as number);
}

/** The limits of isolates that are started from now on. */
export function limitIsolates(limits: ResourceLimits): void {
  resourceLimits = limits;
}

function seeToIsolates(wanted: number): void {
  startIsolates(wanted & ~ORDERS);
  if ((wanted & ORDERS) !== 0) followOrders();
}

function startIsolates(count: number): void {
  for (let n = 0; n < count; n++) startIsolate();
}

function startIsolate(): void {
  const { line, joined } = newLine(everythingLive());
  const worker = new Worker(join(__dirname, 'isolate-main.js'), {
    workerData: { [WORKER_MARK]: true, entry: entryUrl(), line, toMain: role === Role.Main },
    transferList: [line],
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
  });
  const state: State = {};
  workers.set(worker, state);
  worker.unref();
  worker.once('message', (isolate: number) => {
    state.isolate = isolate;
    followEarlyOrders();
    joined();
  });
  // Without a listener an uncaught error in a goroutine's callback would end the whole process. The
  // goroutines that lived there are told by the addon; here the cause is made visible.
  worker.on('error', (error: unknown) => {
    state.error = error;
    process.emitWarning(
      `an isolate ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      { type: 'GoschedWarning', code: 'GOSCHED_ISOLATE_DIED' },
    );
  });
  worker.once('exit', () => {
    workers.delete(worker);
    joined();
    if (state.isolate === undefined) failed(state.error);
    else explain(state.isolate, state.error);
  });
}

/** The module the program began with: importing it again in a worker would run it again. */
function entryUrl(): string | undefined {
  const entry = process.argv[1];
  return isMainThread && entry !== undefined ? pathToFileURL(entry).href : undefined;
}

/** A worker ended before it came up. */
function failed(cause: unknown): void {
  putTold(new IsolateUnavailable(cause === undefined ? {} : { cause }));
  native.isolateFailed();
}

/** A worker ended. If it could not say why, those who lost a goroutine with it are told now. */
function explain(isolate: number, cause: unknown): void {
  const outOfMemory = OUT_OF_MEMORY.test(String((cause as { code?: unknown } | undefined)?.code));
  const options = cause === undefined ? {} : { cause };
  putTold(new IsolateDied(outOfMemory ? 'memory' : 'terminated', isolate, options));
  I[Word.Slot] = isolate;
  native.explain();
}

/** Puts an error into the registers; without its cause, if that cannot be copied. */
function putTold(error: Error): void {
  error.stack = `${error.name}: ${error.message}`; // this one would lead nowhere
  try {
    putValue(error);
  } catch {
    native.unstage();
    putValue(Object.assign(error, { cause: String(error.cause) }));
  }
}

/** The scheduler wants isolates to end. */
function followOrders(): void {
  for (native.nextOrder(); I[Word.Status] === Status.Done; native.nextOrder()) {
    const isolate = I[Word.Slot] as number;
    const order = I[Word.Kind] as Order;
    if (!follow(isolate, order)) early.push([isolate, order]);
  }
  followEarlyOrders();
}

/** Which is whose may not be known yet: an isolate's first message comes after it is at work. */
function followEarlyOrders(): void {
  early = early.filter(([isolate, order]) => !follow(isolate, order));
  // When all are known, what is left is about isolates that have ended.
  if ([...workers.values()].every((state) => state.isolate !== undefined)) early = [];
}

/** False: there is no such isolate, as far as is known. */
function follow(isolate: number, order: Order): boolean {
  const found = [...workers].find(([, state]) => state.isolate === isolate);
  if (found === undefined) return false;
  const [worker] = found;
  if (order === Order.Kill) void worker.terminate();
  else worker.postMessage(END_IF_IDLE);
  return true;
}

/**
 * Ends the idle workers before the process exits by itself. One that has come up ends by its own
 * `process.exit`, when all that its goroutines printed has been handed to this thread (`ending.ts`).
 */
export async function endIsolates(): Promise<void> {
  await Promise.all(
    [...workers].map(([worker, { isolate }]) =>
      isolate === undefined ? worker.terminate() : end(worker),
    ),
  );
}

/** Ends all workers, whatever they do. */
export async function killIsolates(): Promise<void> {
  native.killAll();
  await Promise.all([...workers.keys()].map((worker) => worker.terminate()));
}

/** The next goroutine starts isolates early, as the first did. */
export function forgetIsolates(): void {
  prepared = role !== Role.Main;
}

async function end(worker: Worker): Promise<void> {
  worker.ref();
  const silent = setTimeout(() => void worker.terminate(), ANSWERS_WITHIN);
  worker.once('message', () => {
    clearTimeout(silent);
  });
  // Not `once` of node:events: it rejects when the worker dies of an error meanwhile.
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage(END);
  await ended;
  clearTimeout(silent);
}

joinOthers();
if (role === Role.Main) openVault();
if (role !== Role.Worker) {
  onWanted(seeToIsolates);
  process.on('beforeExit', () => {
    if (workers.size === 0) return;
    const { isAlive, hasMail } = whatIsLeft();
    // What it brings may have the program start more goroutines. In a turn of the event loop of its own, at
    // whose end this is asked again: a wake-up that is under way does not hold the loop.
    if (hasMail) setImmediate(schedulePump);
    // With goroutines left, which wait for ever, the workers end with the process: to end them now would
    // tell whoever awaits them that they were lost.
    else if (!isAlive) void endIsolates();
  });
}
