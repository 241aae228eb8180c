/** What the call of `go` itself takes, by what the function captures. */

import { go } from 'gosched';

import { double } from './spawn/tiny.js';
import { runSuite, type Ours } from './suite.js';

/** Starts the i-th goroutine. */
type Start = (i: number) => PromiseLike<number>;

const factors = { two: 2 };

function scale(n: number): number {
  return n * factors.two;
}

const same = (): number => scale(1);

const rows: Readonly<Record<string, Start>> = {
  'an exported function': (i) => go(double, i),
  'the same closure again': () => go(same),
  'a closure of nothing': (i) => go((n: number) => n + 1, i),
  'a closure of constants': (i) => go((n: number) => n * factors.two, i),
  'a closure of imports': (i) => go((n: number) => double(n), i),
  'a closure of functions': (i) => go((n: number) => scale(n), i),
  'a closure of a variable': (i) => go(() => i + 1),
  'a variable given by name': (i) => go.with({ i }, () => i + 1),
};

await runSuite('closure', async (suite) => {
  const count = suite.count(5_000);
  const ours = Object.entries(rows).map(([name, start]): Ours => ({
    heading: { name, unit: 'us/call', better: 'lower' },
    contender: { name, run: () => timed(start, count) },
  }));
  await suite.compare(ours, []);
});

/** The calls alone are timed; the goroutines end before the next round. */
async function timed(start: Start, count: number): Promise<number> {
  const began = performance.now();
  const started = Array.from({ length: count }, (_, i) => start(i));
  const took = performance.now() - began;
  await Promise.all(started);
  return (took * 1e3) / count;
}
