import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

test.each(everywhere.filter(({ capacity }) => capacity > 0))(
  'CH-021 sends with room need no receiver, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    await start(async (to: Chan<number>) => {
      for (let n = 0; n < to.capacity; n++) await to.send(n);
    }, ch);
    expect(ch.length).toBe(capacity);
    expect(ch.trySend(-1)).toBe(false);
  },
);
