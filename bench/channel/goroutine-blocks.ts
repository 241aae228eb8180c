/** Blocks of numbers through a numeric channel between two worker isolates. */

import { threadId } from 'node:worker_threads';

import { chan, go, type NumericChan, type RecvChan, type SendChan } from 'gosched';

import { BLOCK_BYTES, BLOCK_LENGTH, checkSum, payloads } from './payload.js';
import { acrossIsolates, type EndReport } from './placement.js';

type Numbers = NumericChan<Float64Array>;

/** Gives GB/s; the ring has room for so many blocks. */
export async function blocks(room: number, warmUp: number, count: number): Promise<number> {
  const milliseconds = await acrossIsolates(async () => {
    const warm: Numbers = chan.float64(room * BLOCK_LENGTH);
    const values: Numbers = chan.float64(room * BLOCK_LENGTH);
    const done = chan<string>();
    const receiving = go(receiveBlocks, [warm, values], [warmUp, count], done);
    const sending = go(sendBlocks, [warm, values], [warmUp, count], done);
    return Promise.all([sending, receiving]);
  });
  return (count * BLOCK_BYTES) / milliseconds / 1e6;
}

/** Times the last of the streams, until the receiver has said that it has all. */
export async function sendBlocks(
  streams: readonly Numbers[],
  counts: readonly number[],
  done: RecvChan<string>,
): Promise<EndReport> {
  const block = payloads.blocks.make(0) as Float64Array;
  let milliseconds = 0;
  for (const [i, stream] of streams.entries()) {
    const start = performance.now();
    for (let n = 0; n < counts[i]!; n++) {
      block[0] = n;
      await stream.sendMany(block);
    }
    stream.close();
    await done.recv();
    milliseconds = performance.now() - start;
  }
  return { threadId, milliseconds };
}

export async function receiveBlocks(
  streams: readonly Numbers[],
  counts: readonly number[],
  done: SendChan<string>,
): Promise<EndReport> {
  const block = new Float64Array(BLOCK_LENGTH);
  for (const [i, stream] of streams.entries()) {
    let sum = 0;
    let filled = 0;
    for (;;) {
      const received = await stream.recvInto(block.subarray(filled));
      if (received === 0) break;
      filled += received;
      if (filled < BLOCK_LENGTH) continue;
      sum += payloads.blocks.weigh(block);
      filled = 0;
    }
    checkSum('blocks', counts[i]!, sum);
    await done.send('all');
  }
  return { threadId, milliseconds: 0 };
}
