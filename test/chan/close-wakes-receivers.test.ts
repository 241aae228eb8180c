import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const RECEIVERS = 50;

test.each(everywhere)(
  'CH-033 close wakes every receiver, and each sees it closed, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const ready = chan<number>(RECEIVERS);
    const receivers = Array.from({ length: RECEIVERS }, () =>
      start(
        async (from: Chan<number>, here: Chan<number>) => {
          const received = from.next();
          await here.send(1);
          return [await received, from.closed];
        },
        ch,
        ready,
      ),
    );
    for (let n = 0; n < RECEIVERS; n++) await ready.recv();
    ch.close();
    for (const seen of await Promise.all(receivers)) {
      expect(seen).toEqual([{ value: undefined, done: true }, true]);
    }
  },
);
