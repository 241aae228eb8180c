import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

const SENDERS = 4;

test.each(everywhere)(
  'close in the middle: what was accepted is received, no more, capacity $capacity $place',
  async ({ start, capacity }) => {
    for (let round = 0; round < 20; round++) {
      const ch = chan<number>(capacity);
      const senders = Array.from({ length: SENDERS }, () =>
        start(async (to: Chan<number>) => {
          for (let accepted = 0; ; accepted++) {
            try {
              await to.send(1);
            } catch (error) {
              return [accepted, (error as { code: string }).code] as const;
            }
          }
        }, ch),
      );
      const closer = start(
        async (it: Chan<number>, after: number) => {
          for (let n = 0; n < after; n++) await it.recv();
          it.close();
          let rest = 0;
          for await (const value of it) rest += value;
          return after + rest;
        },
        ch,
        50,
      );
      const ends = await Promise.all(senders);
      for (const [, code] of ends) expect(code).toBe('ERR_SEND_ON_CLOSED');
      expect(ends.reduce((sum, [accepted]) => sum + accepted, 0)).toBe(await closer);
    }
  },
);
