import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from './where.js';

const ROUNDS = 3000;

test.each(places)(
  'CH-017 a non-blocking receive racing with close and receive is never refused, $place',
  async ({ start }) => {
    // Rounds go through a channel of channels: a goroutine for each would be too slow to race.
    const rounds = chan<Chan<number>>();
    const refused = start(async (from: Chan<Chan<number>>) => {
      let count = 0;
      for await (const ch of from) if (ch.tryRecv() === undefined) count++;
      return count;
    }, rounds);
    for (let round = 0; round < ROUNDS; round++) {
      const ch = chan<number>(1);
      ch.trySend(1);
      await rounds.send(ch);
      ch.close();
      await ch.recv();
    }
    rounds.close();
    expect(await refused).toBe(0);
  },
);
