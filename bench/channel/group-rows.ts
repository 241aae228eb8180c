/** The rows of the suite `channel` with several goroutines on a side. */

import type { Suite } from '../suite.js';
import { group, type GroupRound } from './goroutine-groups.js';
import type { PortPair } from './port-pair.js';

/** Values: a multiple of all shares, and of eight for the warm-up. */
const COUNT = 400_000;
const PEER_COUNT = 160_000;

const CAPACITY = 1024;

/** Messages under way over all ports together, as in the streams. */
const WINDOW = 8192;

interface Shape {
  readonly name: string;
  readonly senders: number;
  readonly receivers: number;
  readonly selects: boolean;
  /** MessagePorts that it takes to do the same: one for each sender and receiver that meet. */
  readonly ports: number;
}

const shapes: readonly Shape[] = [
  { name: '2 senders and 2 receivers', senders: 2, receivers: 2, selects: false, ports: 4 },
  { name: 'fan-in of 8', senders: 8, receivers: 1, selects: false, ports: 8 },
  { name: 'select over 4', senders: 4, receivers: 1, selects: true, ports: 4 },
];

export async function groupRows(suite: Suite, ports: PortPair): Promise<void> {
  for (const { name, senders, receivers, selects, ports: needed } of shapes) {
    const count = suite.count(COUNT);
    const round: GroupRound = {
      payload: 'numbers',
      senders,
      receivers,
      capacity: CAPACITY,
      selects,
      warmUp: count / 10,
      count,
    };
    const peerCount = suite.count(PEER_COUNT);
    const peerRound = {
      payload: 'numbers',
      warmUp: peerCount / 10,
      count: peerCount,
      window: WINDOW / needed,
    } as const;
    const heading = { name: `numbers, ${name}`, unit: 'million/s', better: 'higher' } as const;
    await suite.compare(
      [{ heading, contender: { name: 'gosched', run: () => group(round) } }],
      [{ name: 'MessagePort', run: () => ports.streams(needed, peerRound) }],
    );
  }
}
