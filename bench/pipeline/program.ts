/** One round of the suite `pipeline`: pieces of work done in one of the ways. */

import { GOMAXPROCS } from 'gosched/runtime';

import { nanosecondsEach, runJob, type Batch } from '../child-program.js';
import { openPool, type Pool } from '../pools/pool.js';
import * as tasks from '../pools/tasks.js';
import { goroutines, stagesInARow } from './goroutines.js';
import { problemOf, sumsOfSeeds, type Problem, type ProblemName } from './problems.js';
import { SEEDS, mix, pieceOf } from './work.js';

export interface PipelineJob {
  /** `gosched`, {@link MAIN_TAKES_PART}, `plain JavaScript`, or a pool. */
  readonly way: string;
  readonly threads: number;
  readonly problem: ProblemName | 'stages';
  /** How long a piece is, where it can be chosen: rounds of `mix`. */
  readonly rounds: number;
  readonly milliseconds: number;
}

/** Ours, where the main isolate feeds and collects. */
const MAIN_TAKES_PART = 'gosched, main takes part';

/** Pieces that a pool is asked for at a time, as in the suite `spawn`. */
const IN_FLIGHT = 64;

const STAGES = 5;

const functions: Record<string, unknown> = { ...tasks };

await runJob((job: PipelineJob) => (job.problem === 'stages' ? stages(job) : pieces(job)));

async function pieces(job: PipelineJob): Promise<number> {
  const { problem: name, rounds, milliseconds } = job;
  const problem = problemOf(name as ProblemName, rounds);
  const run = await runnerOf(job, problem);
  const batch: Batch = async (count) => check(await run(count), problem.expected(count));
  return nanosecondsEach(batch, milliseconds, problem.step);
}

type Run = (count: number) => Promise<number>;

async function runnerOf(job: PipelineJob, problem: Problem): Promise<Run> {
  const { way, threads, problem: name, rounds } = job;
  if (way === 'plain JavaScript') return (count) => plain(problem, count);
  if (way.startsWith('gosched')) {
    GOMAXPROCS(threads);
    return (count) => goroutines(name as ProblemName, rounds, count, way === MAIN_TAKES_PART);
  }
  const pool = await openPool(way, { threads, inFlight: IN_FLIGHT });
  return (count) => inFlight(count, async (i) => {
    return problem.weigh((await pool.call(problem.task, problem.item(i))) as never);
  });
}

async function plain(problem: Problem, count: number): Promise<number> {
  const run = functions[problem.task] as (item: unknown) => never;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += problem.weigh(run(problem.item(i)));
  return sum;
}

/** Chains of which each begins the next piece when its last has ended; gives the sum of all. */
async function inFlight(count: number, piece: (i: number) => Promise<number>): Promise<number> {
  let next = 0;
  let sum = 0;
  const chain = async (): Promise<void> => {
    while (next < count) {
      const weight = await piece(next++);
      sum += weight;
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, chain));
  return sum;
}

async function stages({ way, threads, rounds, milliseconds }: PipelineJob): Promise<number> {
  const run = await stagesRunner(way, threads, rounds);
  const expected = sumsOfSeeds((seed) => throughPlainStages(rounds, seed));
  const batch: Batch = async (count) => check(await run(count), expected(count));
  return nanosecondsEach(batch, milliseconds);
}

async function stagesRunner(way: string, threads: number, rounds: number): Promise<Run> {
  if (way === 'plain JavaScript') {
    return (count) => inFlight(count, async (i) => throughPlainStages(rounds, i % SEEDS));
  }
  if (way === 'gosched') {
    GOMAXPROCS(threads);
    return (count) => stagesInARow(STAGES, rounds, count);
  }
  const pool = await openPool(way, { threads, inFlight: IN_FLIGHT });
  return (count) => inFlight(count, (i) => throughStages(pool, rounds, i % SEEDS));
}

async function throughStages(pool: Pool, rounds: number, seed: number): Promise<number> {
  let value = seed;
  for (let s = 0; s < STAGES; s++) value = await pool.call('work', pieceOf(value % SEEDS, rounds));
  return value;
}

function throughPlainStages(rounds: number, seed: number): number {
  let value = seed;
  for (let s = 0; s < STAGES; s++) value = mix(value % SEEDS, rounds);
  return value;
}

function check(sum: number, expected: number): void {
  if (sum !== expected) throw new Error(`the sum is ${sum} instead of ${expected}`);
}
