/** What a goroutine costs from `go` to its result, beside a request to a pool of worker threads. */

import { go } from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';

import type { Contender } from './rounds.js';
import { ThreadPool } from './spawn/thread-pool.js';
import { double } from './spawn/tiny.js';
import { runSuite, type Ours, type Suite } from './suite.js';

/** Does the i-th piece of work elsewhere and gives its result. */
type Call = (i: number) => PromiseLike<number>;

/** Starts `count` of them in some pattern; resolves when all have ended. */
type Pattern = (call: Call, count: number) => Promise<void>;

const IN_FLIGHT = 64;

/** What most programs write; each call makes a new function of the same text. */
const literal: Call = (i) => go((n: number) => n * 2, i);
const named: Call = (i) => go(double, i);

await runSuite('spawn', async (suite) => {
  const pool = new ThreadPool(GOMAXPROCS());
  const peer: Call = (n) => pool.call(n);
  const many = suite.count(100_000);
  const few = suite.count(10_000);
  await rows(suite, peer, { name: '100,000 at once', pattern: atOnce, count: 100_000 });
  await rows(suite, peer, { name: '64 in flight', pattern: inFlight, count: many });
  await rows(suite, peer, { name: 'one at a time', pattern: oneAtATime, count: few });
  await pool.close();
});

interface Shape {
  readonly name: string;
  readonly pattern: Pattern;
  readonly count: number;
}

function rows(suite: Suite, peer: Call, { name, pattern, count }: Shape): Promise<void> {
  const contender = (who: string, call: Call): Contender => ({
    name: who,
    run: () => timed(pattern, call, count),
  });
  const ours = (how: string, call: Call): Ours => ({
    heading: { name: `${name}, ${how}`, unit: 'us/goroutine', better: 'lower' },
    contender: contender(`go, ${how}`, call),
  });
  return suite.compare(
    [ours('an exported function', named), ours('a function literal', literal)],
    [contender('worker_threads', peer)],
  );
}

async function timed(pattern: Pattern, call: Call, count: number): Promise<number> {
  const start = performance.now();
  await pattern(call, count);
  return ((performance.now() - start) * 1e3) / count;
}

async function atOnce(call: Call, count: number): Promise<void> {
  const calls = Array.from({ length: count }, (_, i) => call(i));
  const results = await Promise.all(calls);
  results.forEach(check);
}

async function oneAtATime(call: Call, count: number): Promise<void> {
  for (let i = 0; i < count; i++) check(await call(i), i);
}

/** As many chains as are in flight: each starts the next when its last has ended. */
async function inFlight(call: Call, count: number): Promise<void> {
  let next = 0;
  const chain = async (): Promise<void> => {
    while (next < count) {
      const i = next++;
      check(await call(i), i);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, chain));
}

function check(result: number, i: number): void {
  if (result !== 2 * i) throw new Error(`${result} instead of ${2 * i}`);
}
