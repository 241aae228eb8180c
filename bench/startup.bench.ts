/** How long a program waits for its first result, beside the pools. */

import { Child } from './child.js';
import { nodeFor } from './pools/peer-node.js';
import { PEER_POOLS } from './pools/pool.js';
import type { Contender } from './rounds.js';
import type { StartupJob } from './startup/program.js';
import { runSuite } from './suite.js';

const THREADS = 2;

/** Short rounds, so there can be many. */
const ROUNDS = { warmUp: 1, full: 15, quick: 5 };

const shapes = [
  { name: 'import', what: 'import' },
  { name: 'import and first call', what: 'first call' },
] as const;

await runSuite(
  'startup',
  async (suite) => {
    for (const { name, what } of shapes) {
      const contender = (pool: string): Contender => ({
        name: pool,
        run: () => {
          const job: StartupJob = { pool, threads: THREADS, what };
          const program = new URL('./startup/program.js', import.meta.url);
          return new Child(pool, program, { ...job }, { node: nodeFor(pool) }).run();
        },
      });
      const heading = { name, unit: 'ms', better: 'lower' } as const;
      await suite.compare(
        [{ heading, contender: contender('gosched') }],
        PEER_POOLS.map(contender),
      );
    }
  },
  ROUNDS,
);
