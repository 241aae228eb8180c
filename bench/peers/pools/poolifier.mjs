// A fixed pool, which its guidelines recommend for CPU-bound work, with its default strategy.

import { fileURLToPath } from 'node:url';

import { FixedThreadPool } from 'poolifier';

export function openPool({ threads }) {
  const worker = fileURLToPath(new URL('../workers/poolifier.mjs', import.meta.url));
  const pool = new FixedThreadPool(threads, worker, { enableEvents: false });
  return { call: (name, argument, transfer) => pool.execute(argument, name, undefined, transfer) };
}
