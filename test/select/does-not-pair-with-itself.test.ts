import { chan, select, trySelect, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { places } from '../chan/where.js';

test('SEL-013 a select that sends and receives on one channel waits for another', async () => {
  const ch = chan<string>();
  expect(trySelect({ put: ch.sending('mine'), get: ch })).toBe(undefined);
  const selected = select({ put: ch.sending('mine'), get: ch });
  expect(await isPending(selected)).toBe(true);
  expect(ch.trySend('theirs')).toBe(true);
  expect(await selected).toEqual({ key: 'get', value: 'theirs', ok: true });
  // Its send case went with it.
  expect(ch.tryRecv()).toBe(undefined);
});

const either = places.flatMap((at) => [0, 10].map((capacity) => ({ ...at, capacity })));

test.each(either)(
  'SEL-014 two goroutines both send and receive on a channel, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    /** What it received: from itself, from the other, and from neither. */
    const selfSelect = async (it: Chan<number>, me: number): Promise<number[]> => {
      const gosched = await import('gosched');
      const from = [0, 0, 0];
      for (let n = 0; n < 1000; n++) {
        const got = await gosched.select({ put: it.sending(me), get: it });
        if (got.key === 'get') from[got.value === me ? 0 : got.value === 1 - me ? 1 : 2]!++;
      }
      return from;
    };
    // Unbuffered, each select of one pairs with one of the other: both end after a thousand.
    const [zero, one] = await Promise.all([start(selfSelect, ch, 0), start(selfSelect, ch, 1)]);
    expect([zero[2], one[2]]).toEqual([0, 0]);
    if (capacity > 0) return;
    expect([zero[0], one[0], zero[1]! + one[1]!]).toEqual([0, 0, 1000]);
  },
);
