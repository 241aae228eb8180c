/** Streams between two goroutines of one isolate, where values go by reference. */

import { chan, go, type Chan, type RecvChan } from 'gosched';
import { Bench } from 'tinybench';

import type { Sample } from '../rounds.js';

/** Values in each iteration: enough that making two goroutines does not count. */
const COUNT = 50_000;

export interface LocalStream {
  readonly name: string;
  readonly sample: Sample;
}

/**
 * Gives million values per second for each capacity, and for no channel at all. There is no peer, so
 * tinybench does it.
 */
export async function localStreams(
  capacities: readonly number[],
  time: number,
): Promise<readonly LocalStream[]> {
  const bench = new Bench({ time, iterations: 16, throws: true });
  for (const capacity of capacities) {
    const name = `one isolate, capacity ${capacity}, send and for await`;
    bench.add(name, () => localStream(capacity));
  }
  bench.add('no channel: for await over a counter', loopAlone);
  const tasks = await bench.run();
  return tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`tinybench: ${result.state}`);
    const { p50, min, max, samplesCount } = result.latency;
    const median = COUNT / p50 / 1e3;
    const sample = { median, spread: (p50 / min) - (p50 / max), n: samplesCount };
    return { name, sample };
  });
}

/** What V8 needs for the loop itself: no channel that is read with `for await` can be faster. */
async function loopAlone(): Promise<void> {
  let sum = 0;
  for await (const value of new Counter()) sum += value;
  if (sum !== (COUNT * (COUNT - 1)) / 2) throw new Error(`the sum is ${sum}`);
}

class Counter implements AsyncIterableIterator<number, undefined> {
  #next = 0;

  next(): Promise<IteratorResult<number, undefined>> {
    if (this.#next === COUNT) return Promise.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: this.#next++, done: false });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

async function localStream(capacity: number): Promise<void> {
  const stream = chan<number>(capacity);
  const sending = go.local(sendAll, stream);
  const sum = await go.local(sumOf, stream);
  await sending;
  if (sum !== (COUNT * (COUNT - 1)) / 2) throw new Error(`the sum is ${sum}`);
}

async function sendAll(stream: Chan<number>): Promise<void> {
  for (let i = 0; i < COUNT; i++) await stream.send(i);
  stream.close();
}

async function sumOf(stream: RecvChan<number>): Promise<number> {
  let sum = 0;
  for await (const value of stream) sum += value;
  return sum;
}
