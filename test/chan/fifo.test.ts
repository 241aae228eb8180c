import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere, places } from './where.js';

const COUNT = 300;

test.each(everywhere)(
  'CH-009 CH-010 one producer, one consumer: the same values in order, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const producer = start(
      async (to: Chan<number>, count: number) => {
        for (let n = 0; n < count; n++) await to.send(n);
        to.close();
      },
      ch,
      COUNT,
    );
    for (let n = 0; n < COUNT; n++) {
      const value = n % 2 === 0 ? await ch.recv() : (await ch.next()).value;
      expect(value).toBe(n);
    }
    expect(await ch.next()).toEqual({ value: undefined, done: true });
    await producer;
  },
);

test.each(places)('CH-038 filled and drained by one goroutine, $place', async ({ start }) => {
  const seen = await start(async (ch: Chan<number>) => {
    const got: (number | undefined)[] = [];
    for (let n = 0; n < 30; n += 10) {
      for (let i = 0; i < 10; i++) await ch.send(n + i);
      for (let i = 0; i < 10; i++) got.push(await ch.recv());
    }
    return got;
  }, chan<number>(10));
  expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => n));
});
