/** What a goroutine costs from `go` to its result, beside a call to each of the pools. */

import { Child } from './child.js';
import { nodeFor } from './pools/peer-node.js';
import { LITERAL, PEER_POOLS } from './pools/pool.js';
import type { Contender } from './rounds.js';
import type { SpawnJob } from './spawn/program.js';
import { runSuite, type Ours } from './suite.js';

/** Worker threads for each contender; the caller's thread is one more for each. */
const THREADS = 2;

/** Long beside a turn of the event loop, short because there are many rows and each has nine contenders. */
const ROUND_MS = 400;

/** Short of V8's limits, and more than any pool has threads for. */
const FLOOD = 100_000;

/** Times faster than the best of the packages: what the project set out to reach. */
const ONE_AT_A_TIME_TARGET = 20;
const FLOOD_TARGET = 5;

/** Those that are pools to be installed, not written by hand. */
const POOLS = { name: 'the pools', peers: PEER_POOLS.filter((name) => name !== 'worker_threads') };

/** Each is a process of its own, which warms itself up. */
const ROUNDS = { warmUp: 0, full: 7, quick: 3 };

interface Shape {
  readonly name: string;
  readonly pattern: SpawnJob['pattern'];
  readonly payload?: SpawnJob['payload'];
  readonly fromWorker?: boolean;
  readonly target?: number;
}

const shapes: readonly Shape[] = [
  { name: 'one at a time', pattern: 'one at a time', target: ONE_AT_A_TIME_TARGET },
  { name: '64 in flight', pattern: '64 in flight' },
  { name: '100,000 at once', pattern: 'at once', target: FLOOD_TARGET },
  { name: '1 KB object in and out, one at a time', pattern: 'one at a time', payload: 'order' },
  { name: '1 KB object in and out, 64 in flight', pattern: '64 in flight', payload: 'order' },
  { name: '1 MB typed array in and out', pattern: 'one at a time', payload: 'megabyte' },
  { name: 'from a worker, one at a time', pattern: 'one at a time', fromWorker: true },
];

await runSuite(
  'spawn',
  async (suite) => {
    for (const shape of shapes) {
      const contender = (pool: string): Contender => contenderOf(shape, pool, suite.size.share);
      const row = (name: string, pool: string): Ours => ({
        heading: { ...headingOf(shape), name },
        contender: contender(pool),
      });
      const ours = [row(`${shape.name}, an exported function`, 'gosched')];
      // Payloads cost the same whatever the function is.
      if (shape.payload === undefined) ours.push(row(`${shape.name}, a function literal`, LITERAL));
      await suite.compare(ours, PEER_POOLS.map(contender));
    }
  },
  ROUNDS,
);

function headingOf({ target }: Shape): Omit<Ours['heading'], 'name'> {
  const aim = target === undefined ? {} : { target, targetThan: POOLS };
  return { unit: 'us/call', better: 'lower', ...aim };
}

function contenderOf(shape: Shape, pool: string, share: number): Contender {
  const { pattern, payload = 'number', fromWorker = false } = shape;
  const job: SpawnJob = {
    pool,
    threads: THREADS,
    pattern,
    payload,
    fromWorker,
    milliseconds: ROUND_MS * share,
    calls: FLOOD,
  };
  const run = async (): Promise<number> => {
    const program = new URL('./spawn/program.js', import.meta.url);
    const options = { node: nodeFor(pool) };
    return (await new Child(pool, program, { ...job }, options).run()) / 1e3;
  };
  return { name: pool, run };
}
