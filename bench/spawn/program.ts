/** One round of the suite `spawn`: calls in some pattern, from the main thread or from a worker. */

import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

import { go } from 'gosched';

import { nanosecondsEach, runJob, timed, type Batch } from '../child-program.js';
import { openPool, type Pool } from '../pools/pool.js';
import { orderOf } from '../pools/tasks.js';

export type Pattern = 'one at a time' | '64 in flight' | 'at once';
export type Payload = 'number' | 'order' | 'megabyte';

export interface SpawnJob {
  readonly pool: string;
  readonly threads: number;
  readonly pattern: Pattern;
  readonly payload: Payload;
  /** Whether the calls come from a worker isolate, in which the pool is then opened. */
  readonly fromWorker: boolean;
  /** How long to measure. `at once` has a number of calls instead. */
  readonly milliseconds: number;
  readonly calls: number;
}

const IN_FLIGHT = 64;

/** Makes the i-th call and checks its result. */
type Call = (i: number) => Promise<void>;

async function measure(job: SpawnJob): Promise<number> {
  const { pattern, threads, milliseconds, calls } = job;
  const inFlight = { 'one at a time': 1, '64 in flight': IN_FLIGHT, 'at once': calls }[pattern];
  const call = callOf(await openPool(job.pool, { threads, inFlight }), job.payload);
  if (pattern === 'at once') {
    // A tenth first, by which threads have started and code is compiled.
    await chains(call, calls / 10, IN_FLIGHT);
    globalThis.gc?.();
    return (await timed((count) => atOnce(call, count), calls)) * (1e6 / calls);
  }
  const batch: Batch = (count) => chains(call, count, inFlight);
  return nanosecondsEach(batch, milliseconds);
}

function callOf(pool: Pool, payload: Payload): Call {
  switch (payload) {
    case 'number':
      return async (i) => check(await pool.call('double', i), 2 * i);
    case 'order':
      return async (i) => check((await pool.call('revise', orderOf(i))).id, i + 1);
    case 'megabyte': {
      let values: Float64Array = new Float64Array(2 ** 17);
      return async () => {
        const before = values[0]!;
        values = await pool.call('stamp', values);
        check(values[0]! + values.length, before + 1 + 2 ** 17);
      };
    }
  }
}

function check(result: number, expected: number): void {
  if (result !== expected) throw new Error(`${result} instead of ${expected}`);
}

/** As many chains as are in flight: each makes the next call when its last has ended. */
async function chains(call: Call, count: number, inFlight: number): Promise<void> {
  let next = 0;
  const chain = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, chain));
}

async function atOnce(call: Call, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => call(i)));
}

/** Ours from a worker: the caller is a goroutine. */
export function measureInGoroutine(job: SpawnJob): Promise<number> {
  return measure(job);
}

/** A peer's: the pool is opened in a worker thread, which runs this module again. */
function measureInWorker(job: SpawnJob): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: job });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

if (!isMainThread) {
  // An isolate of ours has no such data: it imports this module for `measureInGoroutine`.
  if ((workerData as Partial<SpawnJob> | null)?.pattern !== undefined) {
    parentPort!.postMessage(await measure(workerData as SpawnJob));
  }
} else {
  await runJob((job: SpawnJob): Promise<number> => {
    if (!job.fromWorker) return measure(job);
    if (!job.pool.startsWith('gosched')) return measureInWorker(job);
    return Promise.resolve(go(measureInGoroutine, job));
  });
}
