/**
 * A check against regressions that runs with the tests: processor time of our hot paths, as a multiple of
 * what plain JavaScript takes in the same process at the same time.
 *
 * Processor time, not time, because a busy machine must not fail it. Not instructions, which would be
 * better: counting them takes valgrind or perf, or a system call that containers forbid, and a fresh clone
 * has none of them. The least of many short rounds counts, for load only ever adds to it. The limits are
 * three times what was measured: they catch a path that has become another one, not a percent.
 */

import { operations, references, type Operation, type Reference } from './operations.js';

/** Long beside the resolution of the processor's clock, which may be a tick of 4 ms. */
const SLICE_MS = 25;
const SLICES = 12;
/** So many times all slices, while one is too slow: who works beside us may do so for seconds. */
const ATTEMPTS = 4;

/** Finds how many operations take a slice, and gives processor time for one, again and again. */
class Loop {
  #count = 64;
  #least = Infinity;

  constructor(readonly run: (count: number) => Promise<void>) {}

  async warmUp(): Promise<void> {
    for (;;) {
      const took = await this.#measure();
      if (took > SLICE_MS / 2) break;
      this.#count *= 2;
    }
    // What was measured so far was not compiled yet, and too short to be sure of.
    this.#least = Infinity;
  }

  async slice(): Promise<void> {
    this.#least = Math.min(this.#least, (await this.#measure()) / this.#count);
  }

  get least(): number {
    return this.#least;
  }

  async #measure(): Promise<number> {
    const before = process.cpuUsage();
    await this.run(this.#count);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e3;
  }
}

const ours = (await operations()).map((it) => ({ ...it, loop: new Loop(it.run) }));
const plain = Object.fromEntries(
  Object.entries(references).map(([name, run]) => [name, new Loop(run)]),
) as Record<Reference, Loop>;

const loops = [...Object.values(plain), ...ours.map(({ loop }) => loop)];
for (const loop of loops) await loop.warmUp();
for (let attempt = 0; attempt < ATTEMPTS && (attempt === 0 || ours.some(isTooSlow)); attempt++) {
  for (let i = 0; i < SLICES; i++) for (const loop of loops) await loop.slice();
}

let failed = 0;
for (const one of ours) {
  const { name, reference, most } = one;
  const ratio = ratioOf(one);
  const isSlow = isTooSlow(one);
  if (isSlow) failed++;
  const verdict = isSlow ? 'TOO SLOW' : 'ok';
  console.log(`${verdict.padEnd(9)} ${name}: ${describe(ratio, { reference, most })}`);
}
console.log(`${ours.length - failed} within their limits, ${failed} not`);
process.exitCode = failed === 0 ? 0 : 1;

function ratioOf({ loop, reference }: (typeof ours)[number]): number {
  return loop.least / plain[reference].least;
}

function isTooSlow(one: (typeof ours)[number]): boolean {
  return ratioOf(one) > one.most;
}

function describe(ratio: number, { reference, most }: Pick<Operation, 'reference' | 'most'>): string {
  return `${ratio.toFixed(2)} times "${reference}", of at most ${most}`;
}
