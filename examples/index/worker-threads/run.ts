import { Worker } from 'node:worker_threads';

import { BATCHES_AHEAD } from '../build.js';
import { pathBatches } from '../path-batches.js';
import type { Build } from '../build.js';
import type { PathBatch } from '../path-batches.js';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.js';

/**
 * The same pipeline by hand. What channels do for the gosched way is done with counted credits:
 * each worker has a few batches ahead, and may have a few parts on the way.
 */
export async function buildWithWorkerThreads(build: Build): Promise<void> {
  const { folder, merger, signal } = build;
  const batches = pathBatches(folder, merger.paths, merger.skipped);
  const workers = Array.from({ length: build.workers }, (_, source) => startWorker(folder, source));
  const terminate = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  signal.addEventListener('abort', terminate, { once: true });
  try {
    await Promise.all(workers.map((worker) => serve(worker, batches, build)));
  } catch (error) {
    terminate();
    throw error;
  } finally {
    signal.removeEventListener('abort', terminate);
  }
}

function startWorker(folder: string, source: number): Worker {
  const workerData: WorkerSetup = { folder, source };
  return new Worker(new URL('./worker.js', import.meta.url), { workerData });
}

/** Feeds one worker and merges its parts until it is done or was terminated. */
function serve(worker: Worker, batches: Iterator<PathBatch>, build: Build): Promise<void> {
  const post = (message: ToWorker): void => worker.postMessage(message, []);
  const feed = (): void => {
    const next = batches.next();
    post(next.done === true ? { kind: 'end' } : { kind: 'batch', batch: next.value });
  };
  const merge = (message: FromWorker & { kind: 'part' }): void => {
    build.merger.add(message.part);
    post({ kind: 'credit' });
    build.onPart();
  };
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'more') feed();
      else if (message.kind === 'part') merge(message);
      else resolve();
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (build.signal.aborted) resolve();
      else reject(new Error(`a worker ended early, with status ${code}`));
    });
    for (let i = 0; i < BATCHES_AHEAD; i++) feed();
  });
}
