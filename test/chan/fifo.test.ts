import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

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

test('CH-038 filled and drained by one goroutine', async () => {
  const ch = chan<number>(10);
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 10; n++) await ch.send(n);
    for (let n = 0; n < 10; n++) expect(await ch.recv()).toBe(n);
  }
});
