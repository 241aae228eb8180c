import { parentPort, workerData } from 'node:worker_threads';

import { indexBatch, PARTS_AHEAD } from '../build.js';
import { buffersOf, PartialIndex } from '../partial-index.js';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.js';
import type { PathBatch } from '../path-batches.js';

if (parentPort === null) throw new Error('worker.js is started by the worker_threads way only');
const port = parentPort;
const { folder, source } = workerData as WorkerSetup;

const partial = new PartialIndex(source);
const waiting: PathBatch[] = [];
let credits = PARTS_AHEAD;
let isEnding = false;

port.on('message', (message: ToWorker) => {
  if (message.kind === 'batch') waiting.push(message.batch);
  else if (message.kind === 'credit') credits++;
  else isEnding = true;
  work();
});

function work(): void {
  while (credits > 0) {
    const batch = waiting.shift();
    if (batch === undefined) break;
    // Nobody asks the worker to stop: main terminates it, in the middle of a file if need be.
    indexBatch(folder, batch, partial, () => false);
    post({ kind: 'more' });
    if (partial.isFull) ship();
  }
  if (isEnding && waiting.length === 0 && credits > 0) finish();
}

function ship(): void {
  const part = partial.take();
  credits--;
  post({ kind: 'part', part }, buffersOf(part));
}

function finish(): void {
  ship();
  post({ kind: 'done' });
  port.close();
}

function post(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
