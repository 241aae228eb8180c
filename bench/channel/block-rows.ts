/**
 * Blocks of numbers from one isolate to another, in GB/s: a channel of numbers, whose ring they are
 * copied into and out of; a MessagePort, that copies them once and allocates what they arrive in; and one
 * copy in one thread, which nothing that copies can beat.
 */

import type { Contender } from '../rounds.js';
import type { Suite } from '../suite.js';
import { blocks } from './goroutine-blocks.js';
import { BLOCK_BYTES, memcpy } from './payload.js';
import type { PortPair } from './port-pair.js';

const BLOCKS = 40_000;
const PEER_BLOCKS = 8_000;

/** Blocks under way, as many as the ring of ours holds. */
const WINDOW = 16;

export async function blockRows(suite: Suite, ports: PortPair): Promise<void> {
  const count = suite.count(BLOCKS);
  const peerCount = suite.count(PEER_BLOCKS);
  const peer: Contender = {
    name: 'MessagePort',
    run: async () => {
      const round = { payload: 'blocks', warmUp: peerCount / 10, count: peerCount, window: WINDOW } as const;
      // Million blocks in a second.
      return ((await ports.streams(1, round)) * 1e6 * BLOCK_BYTES) / 1e9;
    },
  };
  const yardstick: Contender = {
    name: 'one copy in one thread',
    run: () => Promise.resolve(memcpy(count)),
  };
  const heading = { name: 'blocks of 64 KB, numeric channel', unit: 'GB/s', better: 'higher' } as const;
  const run = (): Promise<number> => blocks(WINDOW, count / 10, count);
  await suite.compare([{ heading, contender: { name: 'gosched', run } }], [peer, yardstick]);
}
