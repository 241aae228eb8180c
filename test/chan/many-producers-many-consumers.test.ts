import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const COUNT = 1000;

test.each(everywhere)(
  'CH-011 four producers, four consumers: nothing lost or duplicated, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const producers = Array.from({ length: 4 }, () =>
      start(
        async (to: Chan<number>, count: number) => {
          for (let n = 0; n < count; n++) await to.send(n);
        },
        ch,
        COUNT,
      ),
    );
    const consumers = Array.from({ length: 4 }, () =>
      start(
        async (from: Chan<number>, count: number) => {
          const taken: number[] = [];
          while (taken.length < count) taken.push((await from.recv())!);
          return taken;
        },
        ch,
        COUNT,
      ),
    );
    const seen = (await Promise.all(consumers)).flat().sort((a, b) => a - b);
    expect(seen).toEqual(Array.from({ length: 4 * COUNT }, (_, n) => Math.floor(n / 4)));
    await Promise.all(producers);
  },
);
