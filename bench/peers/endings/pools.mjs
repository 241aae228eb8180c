// Every package behind one interface: `run(task, argument, signal)`, two workers, 24 MB each where it can be
// said. Each is used as its README does.

import { fileURLToPath } from 'node:url';

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
/** What a package has no way to do. */
export class NotOffered extends Error {}

const resourceLimits = { maxOldGenerationSizeMb: 24 };
const WORKERS = 2;

export const pools = {
  piscina: async () => {
    const { Piscina } = await import('piscina');
    const filename = at('./tasks.mjs');
    const pool = new Piscina({ filename, minThreads: WORKERS, maxThreads: WORKERS, resourceLimits });
    return (name, argument, signal) => pool.run(argument, { name, signal });
  },
  tinypool: async () => {
    const { Tinypool } = await import('tinypool');
    const filename = new URL('./tasks.mjs', import.meta.url).href;
    const pool = new Tinypool({ filename, minThreads: WORKERS, maxThreads: WORKERS, resourceLimits });
    return (name, argument, signal) => pool.run(argument, { name, signal });
  },
  workerpool: async () => {
    const { default: workerpool } = await import('workerpool');
    const pool = workerpool.pool(at('./workerpool-worker.mjs'), {
      maxWorkers: WORKERS,
      workerType: 'thread',
      workerThreadOpts: { resourceLimits },
    });
    return (name, argument, signal) => {
      const running = pool.exec(name, [argument]);
      signal?.addEventListener('abort', () => void running.cancel().catch(() => undefined));
      return running;
    };
  },
  poolifier: async () => {
    const { FixedThreadPool } = await import('poolifier');
    const pool = new FixedThreadPool(WORKERS, at('./poolifier-worker.mjs'), {
      workerOptions: { resourceLimits },
    });
    return (name, argument, signal) => pool.execute(argument, name, signal);
  },
  multithreading: async () => {
    // It cannot be given limits.
    const { initRuntime, move, spawn } = await import('multithreading');
    initRuntime({ maxWorkers: WORKERS });
    const file = at('./tasks.mjs');
    return async (name, argument, signal) => {
      if (signal !== undefined) throw new NotOffered();
      const task = async (path, which, data) => {
        const tasks = await import(path);
        return tasks[which](data);
      };
      const result = await spawn(move(file, name, argument), task).join();
      if (!result.ok) throw result.error;
      return result.value;
    };
  },
  gosched: async () => {
    const { go } = await import('../../../dist/index.mjs');
    const { start, stop } = await import('../../../dist/runtime.mjs');
    start({ resourceLimits });
    const tasks = await import('./tasks.mjs');
    return (name, argument, signal) => {
      const running = go(tasks[name], argument);
      signal?.addEventListener('abort', () => void stop(running, { kill: true }));
      return running;
    };
  },
};
