/** One round of channels in one isolate: ours, a library's, or what V8 needs for the loop alone. */

import { nanosecondsEach, runJob, type Batch } from '../child-program.js';
import * as ours from './one-isolate.js';
import type { ChannelPrograms } from './one-isolate.js';

export interface OneIsolateJob {
  /** `gosched`, `no channel`, or a module of bench/peers/channels. */
  readonly library: string;
  readonly shape: 'stream' | 'ping-pong' | 'select';
  readonly capacity: number;
  readonly milliseconds: number;
}

async function programsOf(library: string): Promise<ChannelPrograms> {
  if (library === 'gosched') return ours;
  if (library === 'no channel') return noChannel;
  const module = new URL(`../../../bench/peers/channels/${library}.mjs`, import.meta.url);
  return (await import(module.href)) as ChannelPrograms;
}

function runnerOf(
  programs: ChannelPrograms,
  shape: OneIsolateJob['shape'],
  capacity: number,
): (count: number) => Promise<number> {
  if (shape === 'stream') return (count) => programs.stream(capacity, count);
  return shape === 'select' ? programs.selectOfTwo : programs.pingPong;
}

function expectedOf(shape: OneIsolateJob['shape'], count: number): number {
  const below = (n: number): number => (n * (n - 1)) / 2;
  if (shape === 'select') return 2 * below(count / 2);
  return shape === 'stream' ? below(count) : below(count) + count;
}

/** No channel that is read with `for await` can be faster than the loop over a counter. */
const noChannel: Pick<ChannelPrograms, 'stream'> & ChannelPrograms = {
  async stream(_capacity, count) {
    let sum = 0;
    for await (const value of new Counter(count)) sum += value;
    return sum;
  },
  pingPong: () => Promise.reject(new Error('there is no such loop')),
  selectOfTwo: () => Promise.reject(new Error('there is no such loop')),
};

class Counter implements AsyncIterableIterator<number, undefined> {
  #next = 0;

  constructor(readonly count: number) {}

  next(): Promise<IteratorResult<number, undefined>> {
    if (this.#next === this.count) return Promise.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: this.#next++, done: false });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

await runJob(async ({ library, shape, capacity, milliseconds }: OneIsolateJob) => {
  const run = runnerOf(await programsOf(library), shape, capacity);
  const batch: Batch = async (count) => {
    const sum = await run(count);
    const expected = expectedOf(shape, count);
    if (sum !== expected) throw new Error(`the sum is ${sum} instead of ${expected}`);
  };
  return nanosecondsEach(batch, milliseconds, 2);
});
