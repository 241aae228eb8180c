import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

test.each(everywhere)(
  'CH-006 CH-007 receives of a closed and drained channel never park, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    ch.close();
    const seen = await start(
      async (from: Chan<number>) => [
        await from.recv(),
        await from.next(),
        from.tryRecv(),
        await from.recv(),
      ],
      ch,
    );
    const drained = { value: undefined, done: true };
    expect(seen).toEqual([undefined, drained, drained, undefined]);
  },
);
