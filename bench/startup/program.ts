/** One round of the suite `startup`: milliseconds from nothing to an import, or to the first result. */

import { runJob } from '../child-program.js';
import { openPool } from '../pools/pool.js';

export interface StartupJob {
  /** `gosched`, or a module of bench/peers/pools. */
  readonly pool: string;
  readonly threads: number;
  readonly what: 'import' | 'first call';
}

await runJob(async ({ pool: name, threads, what }: StartupJob) => {
  const peer = new URL(`../../../bench/peers/pools/${name}.mjs`, import.meta.url);
  const start = performance.now();
  await import(name === 'gosched' ? name : peer.href);
  if (what === 'import') return performance.now() - start;
  const pool = await openPool(name, { threads, inFlight: 1 });
  const result = await pool.call('double', 21);
  const took = performance.now() - start;
  if (result !== 42) throw new Error(`${result} instead of 42`);
  return took;
});
