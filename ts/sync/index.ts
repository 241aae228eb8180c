/**
 * Locks, counters and shared maps that every isolate sees, after Go's packages `sync` and `sync/atomic`;
 * groups, pools and pipelines; limits on what goes out.
 *
 * @module gosched/sync
 */

export * as atomic from './atomic.js';
export { Barrier } from './barrier.js';
export { Breaker } from './breaker.js';
export type { BreakerCounts, BreakerOptions, BreakerState } from './breaker.js';
export { broadcast } from './broadcast.js';
export { Cond } from './cond.js';
export { ErrGroup } from './errgroup.js';
export * as errgroup from './errgroup.js';
export { Guard } from './guard.js';
export { Mutex } from './mutex.js';
export { Once, onceValue } from './once.js';
export { pipeline } from './pipeline.js';
export type { BatchOptions, Pipeline, StageOptions } from './pipeline.js';
export { pool } from './pool.js';
export type { Pool, PoolOptions } from './pool.js';
export * as rate from './rate.js';
export { RWMutex } from './rwmutex.js';
export type { Locker } from './rwmutex.js';
export { Semaphore } from './semaphore.js';
export { SharedMap } from './shared-map.js';
export type { SharedMapKey } from './shared-map.js';
export * as singleflight from './singleflight.js';
export { WaitGroup } from './waitgroup.js';
