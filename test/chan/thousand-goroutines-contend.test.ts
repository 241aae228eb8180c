import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const GOROUTINES = 1000;
const EACH = 5;

test.each(everywhere)(
  '1,000 goroutines on one channel lose and duplicate nothing, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const senders = Array.from({ length: GOROUTINES / 2 }, (_, id) =>
      start(
        async (to: Chan<number>, first: number, count: number) => {
          for (let n = 0; n < count; n++) await to.send(first + n);
        },
        ch,
        id * EACH,
        EACH,
      ),
    );
    const receivers = Array.from({ length: GOROUTINES / 2 }, () =>
      start(async (from: Chan<number>) => {
        const taken: number[] = [];
        for await (const value of from) taken.push(value);
        return taken;
      }, ch),
    );
    await Promise.all(senders);
    ch.close();
    const all = (await Promise.all(receivers)).flat().sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: (GOROUTINES / 2) * EACH }, (_, n) => n));
  },
);
