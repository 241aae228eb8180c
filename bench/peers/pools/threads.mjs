import { Pool, Transfer, Worker, spawn } from 'threads';

export function openPool({ threads }) {
  const pool = Pool(() => spawn(new Worker('../workers/threads.mjs')), { size: threads });
  return {
    call: (name, argument, transfer) =>
      pool.queue((worker) => worker[name](transfer ? Transfer(argument, transfer) : argument)),
  };
}
