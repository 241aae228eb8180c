/** CPU-bound work in pieces, beside plain JavaScript and the pools: how much faster are two cores? */

import type { WayName } from '../examples/index/child-messages.js';
import { Child } from './child.js';
import { demoContender } from './pipeline/demo.js';
import type { PipelineJob } from './pipeline/program.js';
import { roundsPerMicrosecond } from './pipeline/work.js';
import type { Contender } from './rounds.js';
import { runSuite, type Ours } from './suite.js';

/** Worker threads for each way but the plain one. */
const THREADS = 2;

/** At least; and so many pieces that it matters little which thread has the last one. */
const ROUND_MS = 500;
const ROUND_PIECES = 200;

/** Ours feeds and collects in goroutines; or in the main isolate, as the pools must. */
const MAIN_TAKES_PART = 'main takes part';

const PLAIN = 'plain JavaScript';
const PEERS = [PLAIN, 'worker_threads', 'piscina', 'tinypool', 'workerpool', 'poolifier'];

/** Times plain JavaScript on two cores that we mean to reach, by the microseconds of a piece. */
const GRAINS: readonly (readonly [microseconds: number, target: number])[] = [
  [1, 1],
  [10, 1.6],
  [100, 1.9],
  [1000, 1.9],
  [10_000, 1.9],
];

/** Of each of the five stages. */
const STAGE_MICROSECONDS = 20;

/** Each is a process of its own, which warms itself up. */
const ROUNDS = { warmUp: 0, full: 7, quick: 3 };

interface Shape {
  readonly name: string;
  readonly problem: PipelineJob['problem'];
  readonly microseconds?: number;
  readonly target?: number;
}

const shapes: readonly Shape[] = [
  ...GRAINS.map(([microseconds, target]) => ({
    name: `pieces of ${microseconds.toLocaleString('en')} us`,
    problem: 'grain' as const,
    microseconds,
    target,
  })),
  { name: 'five stages of 20 us', problem: 'stages', microseconds: STAGE_MICROSECONDS },
  { name: 'Mandelbrot set, a row of 512 points', problem: 'mandelbrot' },
  { name: 'JSON lines, a block of 64 KB', problem: 'json lines' },
  { name: 'convolution on shared memory, a band of 16 rows', problem: 'convolution' },
  { name: '11 queens, a piece of the search', problem: 'queens' },
];

await runSuite(
  'pipeline',
  async (suite) => {
    const perMicrosecond = roundsPerMicrosecond();
    for (const shape of shapes) {
      const contender = (way: string): Contender =>
        contenderOf(shape, way, perMicrosecond, suite.size.share);
      const ours: Ours[] = [{ heading: headingOf(shape), contender: contender('gosched') }];
      if (shape.problem === 'grain') {
        const heading = { ...headingOf(shape), name: `${shape.name}, ${MAIN_TAKES_PART}` };
        ours.push({ heading, contender: contender(`gosched, ${MAIN_TAKES_PART}`) });
      }
      await suite.compare(ours, PEERS.map(contender));
    }
    const demo = (name: string, way: WayName): Contender => demoContender(name, way, THREADS);
    await suite.compare(
      [
        {
          heading: { name: 'the demo: an index of node_modules', unit: 's', better: 'lower' },
          contender: demo('gosched', 'gosched'),
        },
      ],
      [demo(PLAIN, 'single'), demo('worker_threads', 'worker_threads')],
    );
  },
  ROUNDS,
);

function headingOf({ name, target }: Shape): Ours['heading'] {
  const aim = target === undefined ? {} : { target, targetThan: { name: PLAIN, peers: [PLAIN] } };
  return { name, unit: 'us/piece', better: 'lower', ...aim };
}

function contenderOf(
  { problem, microseconds = 0 }: Shape,
  way: string,
  perMicrosecond: number,
  share: number,
): Contender {
  const milliseconds = Math.max(ROUND_MS, (microseconds * ROUND_PIECES) / 1e3) * share;
  const rounds = Math.round(microseconds * perMicrosecond);
  const job: PipelineJob = { way, threads: THREADS, problem, rounds, milliseconds };
  const child = new Child(way, new URL('./pipeline/program.js', import.meta.url), { ...job });
  return { name: way, run: async () => (await child.run()) / 1e3 };
}
