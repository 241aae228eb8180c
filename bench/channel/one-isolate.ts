/** Channels between two goroutines of one isolate, where values go by reference: our side. */

import { chan, go, select, type RecvChan, type SendChan } from 'gosched';

/** What a channel library does in one isolate: ours, or a module of bench/peers/channels. */
export interface ChannelPrograms {
  /** The numbers below `count` through one channel. Gives their sum. */
  stream(capacity: number, count: number): Promise<number>;
  /** Each number there, and one more than it back. Gives the sum of the replies. */
  pingPong(count: number): Promise<number>;
  /** Two senders, each of the numbers below `count / 2`, and a receiver that selects. Gives the sum. */
  selectOfTwo(count: number): Promise<number>;
}

export async function stream(capacity: number, count: number): Promise<number> {
  const values = chan<number>(capacity);
  const sending = go.local(sendAll, values, count);
  const sum = await go.local(sumOf, values);
  await sending;
  return sum;
}

async function sendAll(values: SendChan<number>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await values.send(i);
  values.close();
}

async function sumOf(values: RecvChan<number>): Promise<number> {
  let sum = 0;
  for await (const value of values) sum += value;
  return sum;
}

export async function pingPong(count: number): Promise<number> {
  const requests = chan<number>();
  const replies = chan<number>();
  void go.local(async () => {
    for (let i = 0; i < count; i++) await replies.send((await requests.recv())! + 1);
  });
  let sum = 0;
  for (let i = 0; i < count; i++) {
    await requests.send(i);
    sum += (await replies.recv())!;
  }
  return sum;
}

export async function selectOfTwo(count: number): Promise<number> {
  const a = chan<number>();
  const b = chan<number>();
  for (const values of [a, b]) void go.local(sendOnly, values, count / 2);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (await select({ a, b })).value!;
  return sum;
}

/** Without a close: a closed channel would be ready in every select that is still to come. */
async function sendOnly(values: SendChan<number>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await values.send(i);
}
