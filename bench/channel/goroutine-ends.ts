/**
 * The ends of a channel, as goroutines: this module is imported in each worker isolate.
 *
 * A round's ends first do a part of it unmeasured, so that both isolates run optimised code.
 */

import { threadId } from 'node:worker_threads';

import type { RecvChan, SendChan } from 'gosched';

import { checkSum, payloads, type PayloadName } from './payload.js';
import type { EndReport } from './placement.js';

/** `await`: every operation is awaited. `try`: only those that cannot be done at once. */
export type Style = 'await' | 'try';

export interface StreamRound {
  readonly payload: PayloadName;
  readonly style: Style;
  readonly warmUp: number;
  readonly count: number;
}

/** Sends each request back, plus one, until they end. */
export async function answer(
  requests: RecvChan<number>,
  replies: SendChan<number>,
): Promise<EndReport> {
  for (;;) {
    const value = await requests.recv();
    if (value === undefined) return { threadId, milliseconds: 0 };
    await replies.send(value + 1);
  }
}

/** Makes round trips, one at a time, and times them. */
export async function ask(
  requests: SendChan<number>,
  replies: RecvChan<number>,
  warmUp: number,
  count: number,
): Promise<EndReport> {
  await askFor(requests, replies, warmUp);
  const start = performance.now();
  await askFor(requests, replies, count);
  const milliseconds = performance.now() - start;
  requests.close();
  return { threadId, milliseconds };
}

async function askFor(
  requests: SendChan<number>,
  replies: RecvChan<number>,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await requests.send(i);
    const reply = await replies.recv();
    if (reply !== i + 1) throw new Error(`${reply} instead of ${i + 1}`);
  }
}

/**
 * Sends two streams, the first to warm up, and times the second: from the first value until the
 * receiver says, over `control`, that it has the last.
 */
export async function send(
  warmUp: SendChan<unknown>,
  stream: SendChan<unknown>,
  control: RecvChan<string>,
  round: StreamRound,
): Promise<EndReport> {
  await sendStream(warmUp, control, round, round.warmUp);
  const milliseconds = await sendStream(stream, control, round, round.count);
  return { threadId, milliseconds };
}

async function sendStream(
  stream: SendChan<unknown>,
  control: RecvChan<string>,
  { payload, style }: StreamRound,
  count: number,
): Promise<number> {
  await control.recv(); // "ready"
  const start = performance.now();
  if (style === 'await') await sendAwaiting(stream, payload, count);
  else await sendTrying(stream, payload, count);
  stream.close();
  await control.recv(); // "done"
  return performance.now() - start;
}

async function sendAwaiting(
  stream: SendChan<unknown>,
  payload: PayloadName,
  count: number,
): Promise<void> {
  const { make } = payloads[payload];
  for (let i = 0; i < count; i++) await stream.send(make(i));
}

async function sendTrying(
  stream: SendChan<unknown>,
  payload: PayloadName,
  count: number,
): Promise<void> {
  const { make } = payloads[payload];
  for (let i = 0; i < count; i++) {
    const value = make(i);
    if (!stream.trySend(value)) await stream.send(value);
  }
}

/** Receives the two streams. */
export async function receive(
  warmUp: RecvChan<unknown>,
  stream: RecvChan<unknown>,
  control: SendChan<string>,
  { payload, style, warmUp: warmUpCount, count }: StreamRound,
): Promise<EndReport> {
  const take = style === 'await' ? takeAwaiting : takeTrying;
  for (const [values, expected] of [[warmUp, warmUpCount], [stream, count]] as const) {
    await control.send('ready');
    checkSum(payload, expected, await take(values, payload));
    await control.send('done');
  }
  return { threadId, milliseconds: 0 };
}

async function takeAwaiting(stream: RecvChan<unknown>, payload: PayloadName): Promise<number> {
  const { weigh } = payloads[payload];
  let sum = 0;
  for await (const value of stream) sum += weigh(value);
  return sum;
}

async function takeTrying(stream: RecvChan<unknown>, payload: PayloadName): Promise<number> {
  const { weigh } = payloads[payload];
  let sum = 0;
  for (;;) {
    const result = stream.tryRecv() ?? (await stream.next());
    if (result.done === true) return sum;
    sum += weigh(result.value);
  }
}
