import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

test.each(everywhere)(
  'CH-005 CH-016 buffered values come out in order after close, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    await start(async (to: Chan<number>) => {
      for (let n = 0; n < to.capacity; n++) await to.send(n);
      to.close();
    }, ch);
    for (let n = 0; n < capacity; n++) {
      expect(ch.length).toBe(capacity - n);
      expect(n % 2 === 0 ? await ch.next() : ch.tryRecv()).toEqual({ value: n, done: false });
    }
    expect(ch.length).toBe(0);
    expect(ch.capacity).toBe(capacity);
  },
);
