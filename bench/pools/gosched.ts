/** Ours: `go`, on as many isolates as the others have worker threads. */

import { go, move } from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';

import type { Pool, PoolOptions, TaskName } from './pool.js';
import * as tasks from './tasks.js';

const functions: Record<TaskName, unknown> = { ...tasks };

export function openPool({ threads }: PoolOptions): Pool {
  GOMAXPROCS(threads);
  const call = (task: TaskName, argument: unknown, transfer?: readonly ArrayBuffer[]): unknown => {
    transfer?.forEach((buffer) => move(buffer));
    return go(functions[task] as (argument: unknown) => unknown, argument);
  };
  return { call: call as Pool['call'] };
}

/** What most programs write: a function literal where it is started. */
export function goLiteral(_task: 'double', argument: number): PromiseLike<number> {
  return go((n: number) => n * 2, argument);
}
