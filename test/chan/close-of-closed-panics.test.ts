import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const panic = { name: 'GoPanic', code: 'ERR_CLOSE_OF_CLOSED', message: 'close of closed channel' };

test.each(everywhere)(
  'CH-026 closing twice panics, with and without items, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    while (ch.trySend(1));
    ch.close();
    await expect(start((it: Chan<number>) => it.close(), ch)).rejects.toMatchObject(panic);
    while (ch.tryRecv()?.done === false);
    expect(() => ch.close()).toThrow(expect.objectContaining(panic));
  },
);

test.each(everywhere)(
  'CH-072 of several closes exactly one succeeds, capacity $capacity $place',
  async ({ start, capacity }) => {
    for (let round = 0; round < 20; round++) {
      const ch = chan<number>(capacity);
      const closers = Array.from({ length: 8 }, () => start((it: Chan<number>) => it.close(), ch));
      const ends = await Promise.allSettled(closers);
      const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
      expect(failures).toHaveLength(7);
      for (const failure of failures) expect(failure).toMatchObject(panic);
    }
  },
);
