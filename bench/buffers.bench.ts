/** Large buffers handed to another thread, beside the pools with and without transfer. */

import type { BuffersJob } from './buffers/program.js';
import { Child } from './child.js';
import type { Contender } from './rounds.js';
import { runSuite } from './suite.js';

/** Worker threads for each contender; the caller's thread is one more for each. */
const THREADS = 2;

/** Long enough for a few copies of 64 MiB, which take a twentieth of a second each. */
const ROUND_MS = 600;

/** Each is a process of its own, which warms itself up. */
const ROUNDS = { warmUp: 0, full: 7, quick: 3 };

const POOLS = ['worker_threads', 'piscina', 'workerpool'];

/** By `move`, a hundredth of piscina's copy, and no slower than its transfer. */
const shapes = [
  {
    name: '64 MiB, one at a time',
    bytes: 64 * 2 ** 20,
    step: 1,
    inFlight: 1,
    target: { target: 100, targetThan: { name: 'piscina', peers: ['piscina'] } },
  },
  { name: '1,000 of 64 KiB, 16 in flight', bytes: 64 * 2 ** 10, step: 1000, inFlight: 16, target: {} },
];

await runSuite(
  'buffers',
  async (suite) => {
    for (const { name, bytes, step, inFlight, target } of shapes) {
      const contender = (pool: string, transfer = false): Contender => {
        const who = transfer ? `${pool} (transfer)` : pool;
        const milliseconds = ROUND_MS * suite.size.share;
        const size = { bytes, step, inFlight, milliseconds };
        const job: BuffersJob = { pool, threads: THREADS, transfer, ...size };
        const child = new Child(who, new URL('./buffers/program.js', import.meta.url), { ...job });
        return { name: who, run: async () => (await child.run()) / 1e3 };
      };
      const heading = { name, unit: 'us/buffer', better: 'lower' } as const;
      await suite.compare(
        [
          { heading: { ...heading, ...target }, contender: contender('gosched', true) },
          { heading: { ...heading, name: `${name}, copied` }, contender: contender('gosched') },
        ],
        POOLS.flatMap((pool) => [contender(pool), contender(pool, true)]),
      );
    }
  },
  ROUNDS,
);
