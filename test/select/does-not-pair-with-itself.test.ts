import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { places } from '../chan/where.js';

test.each(places)('SEL-013 a select on both sides of one channel waits for another, $place', async ({
  start,
}) => {
  const [ch, ready] = [chan<string>(), chan<unknown>()];
  const selected = start(async (it: Chan<string>, here: Chan<unknown>) => {
    const { select, trySelect } = await import('gosched');
    const tried = trySelect({ put: it.sending('mine'), get: it });
    const parked = select({ put: it.sending('mine'), get: it });
    await here.send(tried);
    return parked;
  }, ch, ready);
  expect(await ready.recv()).toBe(undefined);
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
