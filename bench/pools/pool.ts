/** Something that runs functions in other threads: ours, or a peer's, each behind the same few words. */

import type { TransferListItem } from 'node:worker_threads';

import type * as tasks from './tasks.js';

/** The functions that can be asked for, by name: those of `tasks.ts`. */
export type TaskName =
  | 'aggregate'
  | 'convolve'
  | 'double'
  | 'firstAndLast'
  | 'mandelbrotRow'
  | 'queensBelow'
  | 'revise'
  | 'stamp'
  | 'work';
export type Argument<T extends TaskName> = Parameters<(typeof tasks)[T]>[0];
export type Result<T extends TaskName> = ReturnType<(typeof tasks)[T]>;

export interface Pool {
  /**
   * Runs a task elsewhere and gives its result. What is in `transfer` changes hands, in ours by `move`;
   * without it, it is copied.
   */
  call<T extends TaskName>(
    task: T,
    argument: Argument<T>,
    transfer?: TransferListItem[],
  ): PromiseLike<Result<T>>;
}

export interface PoolOptions {
  /** Worker threads. */
  readonly threads: number;
  /** Calls that will be under way at a time, for pools that can be told. */
  readonly inFlight: number;
}

interface PoolModule {
  openPool(options: PoolOptions): Pool | Promise<Pool>;
}

/** `gosched`, or a module of bench/peers/pools. */
export async function openPool(name: string, options: PoolOptions): Promise<Pool> {
  const ours = name.startsWith('gosched');
  const path = ours ? './gosched.js' : `../../../bench/peers/pools/${name}.mjs`;
  const module = (await import(new URL(path, import.meta.url).href)) as PoolModule;
  const pool = await module.openPool(options);
  return name === LITERAL ? literals(pool) : pool;
}

/** Ours, where each call makes a new function of the same text. */
export const LITERAL = 'gosched, a function literal';

async function literals(pool: Pool): Promise<Pool> {
  const { goLiteral } = await import('./gosched.js');
  return { ...pool, call: goLiteral as Pool['call'] };
}

/** The pools that are held against us, by the names of their modules. */
export const PEER_POOLS = [
  'worker_threads',
  'piscina',
  'tinypool',
  'workerpool',
  'poolifier',
  'threads',
  'multithreading',
] as const;
export type PeerPool = (typeof PEER_POOLS)[number];
