// A dedicated worker: a function given by reference would be sent as text each time.

import { fileURLToPath } from 'node:url';

import workerpool from 'workerpool';

export function openPool({ threads }) {
  const worker = fileURLToPath(new URL('../workers/workerpool.mjs', import.meta.url));
  const pool = workerpool.pool(worker, {
    workerType: 'thread',
    minWorkers: threads,
    maxWorkers: threads,
  });
  return {
    call: (name, argument, transfer) =>
      pool.exec(name, [argument], transfer ? { transfer } : undefined),
  };
}
