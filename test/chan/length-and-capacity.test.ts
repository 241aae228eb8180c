import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere, places } from './where.js';

test.each(everywhere)(
  'CH-012 CH-013 CH-016 length, capacity and closed, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const look = (it: Chan<number>) => [it.length, it.capacity, it.closed] as const;
    expect(await start(look, ch)).toEqual([0, capacity, false]);
    while (ch.trySend(1));
    expect(await start(look, ch)).toEqual([capacity, capacity, false]);
    ch.close();
    expect(await start(look, ch)).toEqual([capacity, capacity, true]);
    while (ch.tryRecv()?.done === false);
    expect(await start(look, ch)).toEqual([0, capacity, true]);
  },
);

test.each(places)('CH-014 an unbuffered channel has length 0 with parked senders, $place', async ({
  start,
}) => {
  const [ch, ready] = [chan<number>(), chan<number>()];
  const sender = start(async (to: Chan<number>, here: Chan<number>) => {
    const sent = [to.send(1), to.send(2)];
    await here.send(1);
    await Promise.all(sent);
  }, ch, ready);
  await ready.recv();
  for (let left = 2; left > 0; left--) {
    expect([ch.length, ch.capacity]).toEqual([0, 0]);
    await ch.recv();
  }
  await sender;
});

test('length and capacity cannot be assigned', () => {
  const ch = chan<number>(2) as { length: number; capacity: number; closed: boolean };
  expect(() => (ch.length = 1)).toThrow(TypeError);
  expect(() => (ch.capacity = 1)).toThrow(TypeError);
  expect(() => (ch.closed = true)).toThrow(TypeError);
});
