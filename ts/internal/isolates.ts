/**
 * The worker isolates: started by the main thread (or, where that does not use the library, by a
 * worker of the program's own that does), when the scheduler asks.
 *
 * They hold nothing open: the pump decides whether the process must stay (`pump.ts`). When nothing
 * is left to do they are ended in order, so that what they printed arrives.
 */

import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, isMainThread } from 'node:worker_threads';

import { END } from './ending.js';
import { Role, WORKER_MARK, native, role } from './native.js';
import { Word, words } from './page.js';
import { isAnythingLeft, onWanted } from './pump.js';

const I = words;

/**
 * How many isolates the first `go` starts before it does anything else. They take 50 to 80 ms to
 * come up, about as long as that first `go` takes to learn what its function is. Two, because a
 * program that starts one goroutine seldom stops there; more are started when there is work.
 */
const FIRST_ISOLATES = 2;

/** How many isolates in a row may fail to come up before waiting goroutines are told. */
const MAX_FAILURES = 3;

/**
 * How long a worker may take to answer that it ends, in milliseconds. No goroutine is left by then,
 * so only a callback of the program's own can keep it from answering.
 */
const ANSWERS_WITHIN = 1000;

/** Those that have not ended, and whether they have come up. */
const workers = new Map<Worker, { started: boolean }>();
let failures = 0;

let prepared = role !== Role.Main;

/** Goroutines are about to be started. Cheap after the first call. */
export function prepareIsolates(): void {
  if (prepared) return;
  prepared = true;
  I[Word.Count] = FIRST_ISOLATES;
  native.reserve();
  startIsolates(I[Word.Wanted] as number);
}

function startIsolates(count: number): void {
  for (let n = 0; n < count; n++) startIsolate();
}

function startIsolate(): void {
  const worker = new Worker(join(__dirname, 'isolate-main.js'), {
    workerData: { [WORKER_MARK]: true, entry: entryUrl() },
  });
  const state = { started: false };
  workers.set(worker, state);
  worker.unref();
  worker.once('message', () => {
    state.started = true;
    failures = 0;
  });
  // Without a listener an uncaught error in a goroutine's callback would end the whole process. The
  // goroutines that lived there are told by the addon; here the cause is made visible.
  worker.on('error', (error: unknown) => {
    process.emitWarning(
      `an isolate ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      { type: 'GoschedWarning', code: 'GOSCHED_ISOLATE_DIED' },
    );
  });
  worker.once('exit', () => {
    workers.delete(worker);
    if (state.started) return;
    failures++;
    I[Word.Kind] = failures >= MAX_FAILURES ? 1 : 0;
    native.isolateFailed();
  });
}

/** The module the program began with: importing it again in a worker would run it again. */
function entryUrl(): string | undefined {
  const entry = process.argv[1];
  return isMainThread && entry !== undefined ? pathToFileURL(entry).href : undefined;
}

/**
 * Ends the idle workers before the process exits by itself. One that has come up ends by its own
 * `process.exit`, when all that its goroutines printed has been handed to this thread (`ending.ts`).
 */
async function endIsolates(): Promise<void> {
  await Promise.all(
    [...workers].map(([worker, { started }]) => (started ? end(worker) : worker.terminate())),
  );
}

async function end(worker: Worker): Promise<void> {
  worker.ref();
  const silent = setTimeout(() => void worker.terminate(), ANSWERS_WITHIN);
  worker.once('message', () => {
    clearTimeout(silent);
  });
  const ended = once(worker, 'exit');
  worker.postMessage(END);
  await ended;
  clearTimeout(silent);
}

if (role !== Role.Worker) {
  onWanted(startIsolates);
  process.on('beforeExit', () => {
    // With goroutines left, which wait for ever, they end with the process: to end them now would tell
    // whoever awaits them that they were lost.
    if (workers.size > 0 && !isAnythingLeft()) void endIsolates();
  });
}
