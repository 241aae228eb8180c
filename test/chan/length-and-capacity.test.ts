import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

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

test('CH-014 an unbuffered channel has length 0 with parked senders', async () => {
  const ch = chan<number>();
  const sent = [ch.send(1), ch.send(2)];
  expect([ch.length, ch.capacity]).toEqual([0, 0]);
  await ch.recv();
  await ch.recv();
  await Promise.all(sent);
});

test('length and capacity cannot be assigned', () => {
  const ch = chan<number>(2) as { length: number; capacity: number; closed: boolean };
  expect(() => (ch.length = 1)).toThrow(TypeError);
  expect(() => (ch.capacity = 1)).toThrow(TypeError);
  expect(() => (ch.closed = true)).toThrow(TypeError);
});
