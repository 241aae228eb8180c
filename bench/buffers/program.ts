/** One round of the suite `buffers`: bytes go to another thread, which looks at them. */

import { nanosecondsEach, runJob, type Batch } from '../child-program.js';
import { openPool } from '../pools/pool.js';

export interface BuffersJob {
  readonly pool: string;
  readonly threads: number;
  readonly bytes: number;
  /** Buffers come in multiples of this. */
  readonly step: number;
  /** Buffers under way at a time. */
  readonly inFlight: number;
  /** Whether they change hands, or are copied. */
  readonly transfer: boolean;
  readonly milliseconds: number;
}

/**
 * A buffer that is given away must be made anew, which costs the same for all: those that are copied are
 * made anew as well. Nanoseconds for each, with its making.
 */
await runJob(async (job: BuffersJob) => {
  const { pool: name, threads, bytes, step, inFlight, transfer, milliseconds } = job;
  const pool = await openPool(name, { threads, inFlight });
  const handOver = async (i: number): Promise<void> => {
    const values = new Uint8Array(bytes);
    values[0] = i % 100;
    values[bytes - 1] = 1;
    const sum = await pool.call('firstAndLast', values, transfer ? [values.buffer] : undefined);
    if (sum !== (i % 100) + 1) throw new Error(`${sum} instead of ${(i % 100) + 1}`);
  };
  const batch: Batch = async (count) => {
    let next = 0;
    const chain = async (): Promise<void> => {
      while (next < count) await handOver(next++);
    };
    await Promise.all(Array.from({ length: Math.min(inFlight, count) }, chain));
  };
  return nanosecondsEach(batch, milliseconds, step);
});
