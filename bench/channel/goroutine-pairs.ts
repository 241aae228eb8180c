/** Rounds of ours: two goroutines, or one and the main program, and the channels between them. */

import { chan, go } from 'gosched';

import { answer, ask, receive, send, type StreamRound } from './goroutine-ends.js';
import { acrossIsolates } from './placement.js';

/** Both ends in worker isolates. Gives microseconds for a round trip. */
export async function pingPong(warmUp: number, count: number): Promise<number> {
  const milliseconds = await acrossIsolates(async () => {
    const requests = chan<number>();
    const replies = chan<number>();
    const answering = go(answer, requests, replies);
    const asking = go(ask, requests, replies, warmUp, count);
    return Promise.all([asking, answering]);
  });
  return (milliseconds * 1e3) / count;
}

/** The main thread asks, a goroutine answers. */
export async function pingPongFromMain(warmUp: number, count: number): Promise<number> {
  const milliseconds = await acrossIsolates(async () => {
    const requests = chan<number>();
    const replies = chan<number>();
    const answering = go(answer, requests, replies);
    return Promise.all([ask(requests, replies, warmUp, count), answering]);
  });
  return (milliseconds * 1e3) / count;
}

/** Both ends in worker isolates. Gives million values per second. */
export async function stream(capacity: number, round: StreamRound): Promise<number> {
  const milliseconds = await acrossIsolates(async () => {
    const warmUp = chan<unknown>(capacity);
    const values = chan<unknown>(capacity);
    const control = chan<string>();
    const receiving = go(receive, warmUp, values, control, round);
    const sending = go(send, warmUp, values, control, round);
    return Promise.all([sending, receiving]);
  });
  return round.count / milliseconds / 1e3;
}
