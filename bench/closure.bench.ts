/**
 * What the call of `go` itself takes, by what the function captures; and how much of it is preparing the
 * function: finding what it captures, without starting anything.
 */

import { setImmediate as loopTurn } from 'node:timers/promises';

import { go } from 'gosched';

import { double } from './spawn/tiny.js';
import { runSuite, type Ours } from './suite.js';

// Not public, so not by the package's name. Relative to where this file is compiled to.
const built = new URL('../../dist/internal/code/capture.js', import.meta.url).href;
const { capture } = (await import(built)) as typeof import('../dist/internal/code/capture.js');

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

/** What preparing may take, in microseconds: what the project set out to reach. */
const PREPARING = 6;
const PREPARING_A_VARIABLE = 80;

/** Makes the i-th closure of a kind. */
interface Kind {
  readonly make: (i: number) => Function;
  readonly atMost: number;
}

/** The closures of the rows above: new ones, as a function that was given before is known. */
const made: Readonly<Record<string, Kind>> = {
  'a closure of nothing': { make: () => (n: number) => n + 1, atMost: PREPARING },
  'a closure of constants': { make: () => (n: number) => n * factors.two, atMost: PREPARING },
  'a closure of imports': { make: () => (n: number) => double(n), atMost: PREPARING },
  'a closure of functions': { make: () => (n: number) => scale(n), atMost: PREPARING },
  'a closure of a variable': { make: (i) => () => i + 1, atMost: PREPARING_A_VARIABLE },
};

/** How many closures are prepared in one turn of the event loop. */
const PER_TURN = 50;

await runSuite('closure', async (suite) => {
  const count = suite.count(5_000);
  const prepared = Object.entries(made).map(([what, { make, atMost }]): Ours => {
    const name = `prepare ${what}`;
    const heading = { name, unit: 'us', better: 'lower', atMost } as const;
    return { heading, contender: { name, run: () => preparing(make, count) } };
  });
  // Before there are isolates: the collector stops them all.
  await suite.compare(prepared, []);
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

/** As in a program that starts some goroutines now and some later: V8 lets go of what it told once a turn. */
async function preparing(make: (i: number) => Function, count: number): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    capture(make(i));
    if (i % PER_TURN === PER_TURN - 1) await loopTurn();
  }
  return ((performance.now() - began) * 1e3) / count;
}
