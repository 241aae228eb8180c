import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const numbers = Array.from({ length: 100 }, (_, n) => n);

test.each(everywhere)(
  'CH-036 receivers get values in parking order, capacity $capacity $place',
  async ({ start, capacity }) => {
    const [ch, ready] = [chan<number>(capacity), chan<number>()];
    const receivers = start(async (from: Chan<number>, here: Chan<number>) => {
      const parked = Array.from({ length: 100 }, () => from.recv());
      await here.send(1);
      return Promise.all(parked);
    }, ch, ready);
    await ready.recv();
    for (const n of numbers) await ch.send(n);
    expect(await receivers).toEqual(numbers);
  },
);

test.each(everywhere)(
  'CH-036 senders are served in parking order, capacity $capacity $place',
  async ({ start, capacity }) => {
    const [ch, ready] = [chan<number>(capacity), chan<number>()];
    const senders = start(async (to: Chan<number>, here: Chan<number>) => {
      const parked = Array.from({ length: 100 }, (_, n) => to.send(n));
      await here.send(1);
      await Promise.all(parked);
    }, ch, ready);
    await ready.recv();
    for (const n of numbers) expect(await ch.recv()).toBe(n);
    await senders;
  },
);
