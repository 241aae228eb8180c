// A fixed pool with its default strategy. Events are off, as nobody listens.

import { fileURLToPath } from 'node:url';

import { FixedThreadPool } from 'poolifier';

export function openPool({ threads }) {
  const worker = fileURLToPath(new URL('../workers/poolifier.mjs', import.meta.url));
  const pool = new FixedThreadPool(threads, worker, { enableEvents: false });
  return { call: (name, argument, transfer) => pool.execute(argument, name, undefined, transfer) };
}
