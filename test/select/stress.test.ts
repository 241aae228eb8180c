import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

const EACH = 2000;

test.each(places)(
  'SEL-017 plain and selecting senders and receivers on four channels finish, $place',
  async ({ start }) => {
    const channels = [chan<number>(), chan<number>(), chan<number>(2), chan<number>(3)];
    const sendPlain = async (to: Chan<number>, count: number): Promise<void> => {
      for (let n = 0; n < count; n++) await to.send(1);
    };
    const receivePlain = async (from: Chan<number>, count: number): Promise<number> => {
      let sum = 0;
      for (let n = 0; n < count; n++) sum += (await from.recv())!;
      return sum;
    };
    const selectAll = async (all: Chan<number>[], count: number, put: boolean): Promise<number> => {
      const { select } = await import('gosched');
      const left = all.map(() => count);
      let sum = 0;
      for (let n = 0; n < count * all.length; n++) {
        const open = all.flatMap((ch, i) => (left[i] === 0 ? [] : [[`${i}`, ch] as const]));
        if (put) {
          const cases = open.map(([key, ch]) => [key, ch.sending(1)] as const);
          left[Number((await select(Object.fromEntries(cases))).key)]!--;
        } else {
          const got = await select(Object.fromEntries(open));
          left[Number(got.key)]!--;
          sum += got.value ?? 0;
        }
      }
      return sum;
    };
    const receivers = [
      ...channels.map((ch) => start(receivePlain, ch, EACH)),
      start(selectAll, channels, EACH, false),
    ];
    const senders = [
      ...channels.map((ch) => start(sendPlain, ch, EACH)),
      start(selectAll, channels, EACH, true),
    ];
    const sums = await Promise.all(receivers);
    expect(sums).toEqual([EACH, EACH, EACH, EACH, 4 * EACH]);
    await Promise.all(senders);
  },
);
