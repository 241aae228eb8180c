import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

const ROUNDS = 3000;

/** Counts how often neither channel of a round was ready. */
async function neither(rounds: Chan<[Chan<number>, Chan<number>]>): Promise<number> {
  const { trySelect } = await import('gosched');
  let count = 0;
  for await (const [c1, c2] of rounds) if (trySelect({ c1, c2 }) === undefined) count++;
  return count;
}

test.each(places)(
  'SEL-015 one channel is filled before the other is drained: no default, $place',
  async ({ start }) => {
    const rounds = chan<[Chan<number>, Chan<number>]>();
    const counted = start(neither, rounds);
    for (let round = 0; round < ROUNDS; round++) {
      const [c1, c2] = [chan<number>(1), chan<number>(1)];
      c1.trySend(1);
      await rounds.send([c1, c2]);
      c2.trySend(1);
      c1.tryRecv();
    }
    rounds.close();
    expect(await counted).toBe(0);
  },
);

test.each(places)(
  'SEL-016 one channel is closed before the other is drained: no default, $place',
  async ({ start }) => {
    const rounds = chan<[Chan<number>, Chan<number>]>();
    const counted = start(neither, rounds);
    for (let round = 0; round < ROUNDS; round++) {
      const [c1, c2] = [chan<number>(1), chan<number>()];
      c1.trySend(1);
      await rounds.send([c1, c2]);
      c2.close();
      c1.tryRecv();
    }
    rounds.close();
    expect(await counted).toBe(0);
  },
);
