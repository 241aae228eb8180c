import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere, places } from '../chan/where.js';

const PICKS = 10_000;
/** Ten standard deviations of a fair coin tossed 10,000 times. */
const TEN_SIGMA = 500;

function full(capacity: number): Chan<number> {
  const ch = chan<number>(capacity);
  while (ch.trySend(1));
  return ch;
}

test.each(places)('SEL-018 of four cases, the two ready are picked half the time each, $place', async ({
  start,
}) => {
  const picks = async (picked: number, ...chs: Chan<number>[]): Promise<Record<string, number>> => {
    const { select } = await import('gosched');
    const count: Record<string, number> = { a: 0, b: 0, c: 0, d: 0 };
    const [a, b, c, d] = chs as [Chan<number>, Chan<number>, Chan<number>, Chan<number>];
    for (let n = 0; n < picked; n++) count[(await select({ a, b, c, d })).key]!++;
    return count;
  };
  const ready = [full(PICKS), full(PICKS)] as const;
  const count = await start(picks, PICKS, chan<number>(), ...ready, chan<number>());
  expect(count['a']! + count['d']!).toBe(0);
  expect(Math.abs(count['b']! - PICKS / 2)).toBeLessThan(TEN_SIGMA);
});

test.each(everywhere)('SEL-019 two values for one channel, capacity $capacity $place', async ({
  start,
  capacity,
}) => {
  const ones = await start(async (ch: Chan<number>) => {
    const { select } = await import('gosched');
    let sum = 0;
    for (let n = 0; n < 1000; n++) {
      const received = ch.recv();
      await select({ one: ch.sending(1), zero: ch.sending(0) });
      sum += (await received)!;
    }
    return sum;
  }, chan<number>(capacity));
  expect(ones).toBeGreaterThan(300);
  expect(ones).toBeLessThan(700);
});

test.each(places)('SEL-037 two receive cases of one channel, one value ready, $place', async ({
  start,
}) => {
  const first = await start(async (ch: Chan<number>) => {
    const { trySelect } = await import('gosched');
    let count = 0;
    for (let n = 0; n < 1000; n++) {
      ch.trySend(1);
      if (trySelect({ first: ch, second: ch })?.key === 'first') count++;
    }
    return count;
  }, chan<number>(1));
  expect(first).toBeGreaterThan(300);
  expect(first).toBeLessThan(700);
});

test.each(places)('SEL-037 two receive cases of one channel, parked before the value, $place', async ({
  start,
}) => {
  const first = await start(async (ch: Chan<number>) => {
    const { select } = await import('gosched');
    let count = 0;
    for (let n = 0; n < 1000; n++) {
      const parked = select({ first: ch, second: ch });
      ch.trySend(1);
      if ((await parked).key === 'first') count++;
    }
    return count;
  }, chan<number>(1));
  expect(first).toBeGreaterThan(300);
  expect(first).toBeLessThan(700);
});

test.each(places)('SEL-039 a closed channel is not preferred to a ready one, $place', async ({
  start,
}) => {
  const closes = chan<number>();
  closes.close();
  const picks = async (closed: Chan<number>, ready: Chan<number>, picked: number): Promise<number> => {
    const { select } = await import('gosched');
    let count = 0;
    for (let n = 0; n < picked; n++) if ((await select({ closed, ready })).key === 'closed') count++;
    return count;
  };
  const picked = await start(picks, closes, full(PICKS), PICKS);
  expect(Math.abs(picked - PICKS / 2)).toBeLessThan(TEN_SIGMA);
});
