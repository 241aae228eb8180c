/** Our way: as many goroutines as cores take pieces from one channel and send results to another. */

import { chan, go, type RecvChan, type SendChan } from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';

import type { TaskName } from '../pools/pool.js';
import * as tasks from '../pools/tasks.js';
import { problemOf, type Problem, type ProblemName } from './problems.js';
import { SEEDS, mix } from './work.js';

const functions: Record<TaskName, unknown> = { ...tasks };

/** Room between two stages. */
const CAPACITY = 1024;

/** Does the pieces that come, until they end. Waits only where there is nothing to do. */
export async function serve(
  task: TaskName,
  pieces: RecvChan<unknown>,
  results: SendChan<unknown>,
): Promise<void> {
  const run = functions[task] as (piece: unknown) => unknown;
  for (;;) {
    const next = pieces.tryRecv() ?? (await pieces.next());
    if (next.done === true) return;
    const result = run(next.value);
    if (!results.trySend(result)) await results.send(result);
  }
}

/**
 * Does so many pieces; gives what the results weigh. Everything is a goroutine and the main program only
 * waits, as in Go; or the main isolate feeds and collects, one thread more than there are cores.
 */
export async function goroutines(
  name: ProblemName,
  rounds: number,
  count: number,
  mainTakesPart: boolean,
): Promise<number> {
  const { task, room } = problemIn(name, rounds);
  const pieces = chan<unknown>(room);
  const results = chan<unknown>(room);
  for (let n = 0; n < GOMAXPROCS(); n++) void go(serve, task, pieces, results);
  const start = mainTakesPart ? go.local : go;
  void start(feed, name, rounds, count, pieces);
  return start(collect, name, rounds, count, results);
}

/** Sends the pieces. */
export async function feed(
  name: ProblemName,
  rounds: number,
  count: number,
  pieces: SendChan<unknown>,
): Promise<void> {
  const problem = problemIn(name, rounds);
  for (let i = 0; i < count; i++) {
    const piece = problem.item(i);
    if (!pieces.trySend(piece)) await pieces.send(piece);
  }
  pieces.close();
}

/** Receives the results and gives what they weigh. */
export async function collect(
  name: ProblemName,
  rounds: number,
  count: number,
  results: RecvChan<unknown>,
): Promise<number> {
  const problem = problemIn(name, rounds);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const { value } = results.tryRecv() ?? (await results.next());
    sum += problem.weigh(value as never);
  }
  return sum;
}

const known = new Map<string, Problem>();

/** A problem in this isolate, set up once. */
function problemIn(name: ProblemName, rounds: number): Problem {
  const key = `${name} ${rounds}`;
  const problem = known.get(key) ?? problemOf(name, rounds);
  known.set(key, problem);
  return problem;
}

/** One stage of several: passes on what it makes of each number. */
export async function stage(
  rounds: number,
  input: RecvChan<number>,
  output: SendChan<number>,
): Promise<void> {
  for await (const value of input) await output.send(mix(value % SEEDS, rounds));
  output.close();
}

/** Numbers through `stages` goroutines in a row; gives the sum of what comes out. */
export async function stagesInARow(stages: number, rounds: number, count: number): Promise<number> {
  const first = chan<number>(CAPACITY);
  let last = first;
  for (let i = 0; i < stages; i++) {
    const output = chan<number>(CAPACITY);
    void go(stage, rounds, last, output);
    last = output;
  }
  void go.local(async () => {
    for (let i = 0; i < count; i++) await first.send(i % SEEDS);
    first.close();
  });
  let sum = 0;
  for await (const value of last) sum += value;
  return sum;
}
