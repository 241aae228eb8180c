import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

test.each(everywhere)(
  'next() tells a sent undefined from the end, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<undefined>(capacity);
    const sender = start(async (to: Chan<undefined>) => {
      await to.send(undefined);
      to.close();
    }, ch);
    expect(await ch.next()).toEqual({ value: undefined, done: false });
    expect(await ch.next()).toEqual({ value: undefined, done: true });
    await sender;
  },
);
