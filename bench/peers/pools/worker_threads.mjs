// Worker threads as one would use them by hand: asked in turn, and a table of who waits for which
// reply.

import { Worker } from 'node:worker_threads';

export function openPool({ threads }) {
  const waiting = new Map();
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('../workers/worker_threads.mjs', import.meta.url));
    worker.on('message', ({ id, result }) => {
      waiting.get(id)(result);
      waiting.delete(id);
    });
    return worker;
  });
  let lastId = 0;
  return {
    call(task, argument, transfer) {
      const id = ++lastId;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        workers[id % workers.length].postMessage({ id, task, argument }, transfer);
      });
    },
  };
}
