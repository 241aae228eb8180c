/**
 * Several senders, several receivers: on one channel, or one receiver that selects over a channel of
 * each sender. The goroutines run in whichever isolates they are started in, two of them.
 */

import { chan, go, select, type Chan, type RecvChan, type SendChan } from 'gosched';

import { payloads, checkSum, type PayloadName } from './payload.js';

export interface GroupRound {
  readonly payload: PayloadName;
  readonly senders: number;
  readonly receivers: number;
  readonly capacity: number;
  /** Whether each sender has a channel of its own, over which one receiver selects. */
  readonly selects: boolean;
  readonly warmUp: number;
  readonly count: number;
}

/** Gives million values per second. */
export async function group(round: GroupRound): Promise<number> {
  await runGroup(round, round.warmUp);
  const start = performance.now();
  await runGroup(round, round.count);
  return round.count / (performance.now() - start) / 1e3;
}

/** From the start of the goroutines until the last receiver has ended. */
async function runGroup(round: GroupRound, count: number): Promise<void> {
  const { payload, senders, receivers, capacity, selects } = round;
  const channels = Array.from({ length: selects ? senders : 1 }, () => chan<unknown>(capacity));
  const receiving = selects
    ? [go(receiveSelecting, channels, payload)]
    : Array.from({ length: receivers }, () => go(receiveAll, channels[0]!, payload));
  const sending = Array.from({ length: senders }, (_, i) =>
    go(sendShare, channels[i % channels.length]!, payload, i, senders, count),
  );
  await Promise.all(sending);
  for (const channel of channels) channel.close();
  const sums = await Promise.all(receiving);
  checkSum(payload, count, sums.reduce((all, sum) => all + sum, 0));
}

/** Sends each `step`-th value, from the `first`. */
export async function sendShare(
  out: SendChan<unknown>,
  payload: PayloadName,
  first: number,
  step: number,
  count: number,
): Promise<void> {
  const { make } = payloads[payload];
  for (let i = first; i < count; i += step) {
    const value = make(i);
    if (!out.trySend(value)) await out.send(value);
  }
}

export async function receiveAll(input: RecvChan<unknown>, payload: PayloadName): Promise<number> {
  const { weigh } = payloads[payload];
  let sum = 0;
  for (;;) {
    const next = input.tryRecv() ?? (await input.next());
    if (next.done === true) return sum;
    sum += weigh(next.value);
  }
}

/** Until all are closed: a closed one is no longer looked at, as a nil channel in Go. */
export async function receiveSelecting(
  channels: readonly Chan<unknown>[],
  payload: PayloadName,
): Promise<number> {
  const { weigh } = payloads[payload];
  const cases: Record<string, RecvChan<unknown> | null> = Object.fromEntries(channels.entries());
  let open = channels.length;
  let sum = 0;
  while (open > 0) {
    const got = await select(cases);
    if (got.ok) {
      sum += weigh(got.value);
    } else {
      cases[got.key] = null;
      open--;
    }
  }
  return sum;
}
