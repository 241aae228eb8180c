// `FixedQueue`, as the section on performance of its README says; atomics at their default, the faster
// one. Several tasks at a time in a worker would be for tasks that wait, it says.

import { FixedQueue, Piscina } from 'piscina';

export function openPool({ threads }) {
  const pool = new Piscina({
    filename: new URL('../tasks.mjs', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    taskQueue: new FixedQueue(),
  });
  return {
    call: (name, argument, transferList) =>
      pool.run(argument, transferList ? { name, transferList } : { name }),
  };
}
