/** Streams between two goroutines of one isolate, where values go by reference. */

import { chan, go, type Chan, type RecvChan } from 'gosched';
import { Bench } from 'tinybench';

import type { Sample } from '../rounds.js';

/** Values in each iteration: enough that making two goroutines does not count. */
const COUNT = 50_000;

export interface LocalStream {
  readonly capacity: number;
  readonly sample: Sample;
}

/** Gives million values per second for each capacity. There is no peer, so tinybench does it. */
export async function localStreams(
  capacities: readonly number[],
  time: number,
): Promise<readonly LocalStream[]> {
  const bench = new Bench({ time, iterations: 16, throws: true });
  for (const capacity of capacities) bench.add(String(capacity), () => localStream(capacity));
  const tasks = await bench.run();
  return tasks.map(({ result }, i) => {
    if (result.state !== 'completed') throw new Error(`tinybench: ${result.state}`);
    const { p50, min, max, samplesCount } = result.latency;
    const median = COUNT / p50 / 1e3;
    const sample = { median, spread: (p50 / min) - (p50 / max), n: samplesCount };
    return { capacity: capacities[i]!, sample };
  });
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
