import { chan, select, trySelect, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { capacities } from '../chan/where.js';

const PICKS = 10_000;
/** Ten standard deviations of a fair coin tossed 10,000 times. */
const TEN_SIGMA = 500;

function full(capacity: number): Chan<number> {
  const ch = chan<number>(capacity);
  while (ch.trySend(1));
  return ch;
}

test('SEL-018 of four cases, the two that are ready are picked half the time each', async () => {
  const cases = { a: chan(), b: full(PICKS), c: full(PICKS), d: chan() };
  const count = { a: 0, b: 0, c: 0, d: 0 };
  for (let n = 0; n < PICKS; n++) count[(await select(cases)).key]++;
  expect(count.a + count.d).toBe(0);
  expect(Math.abs(count.b - PICKS / 2)).toBeLessThan(TEN_SIGMA);
});

test.each(capacities)('SEL-019 two values for one channel, capacity %i', async (capacity) => {
  const ch = chan<number>(capacity);
  let ones = 0;
  for (let n = 0; n < 1000; n++) {
    const received = ch.recv();
    await select({ one: ch.sending(1), zero: ch.sending(0) });
    ones += (await received)!;
  }
  expect(ones).toBeGreaterThan(300);
  expect(ones).toBeLessThan(700);
});

test('SEL-037 two receive cases of one channel, one value ready', async () => {
  const ch = chan<number>(1);
  let first = 0;
  for (let n = 0; n < 1000; n++) {
    ch.trySend(1);
    if (trySelect({ first: ch, second: ch })?.key === 'first') first++;
  }
  expect(first).toBeGreaterThan(300);
  expect(first).toBeLessThan(700);
});

test('SEL-037 two receive cases of one channel, parked before the value comes', async () => {
  const ch = chan<number>(1);
  let first = 0;
  for (let n = 0; n < 1000; n++) {
    const parked = select({ first: ch, second: ch });
    ch.trySend(1);
    if ((await parked).key === 'first') first++;
  }
  expect(first).toBeGreaterThan(300);
  expect(first).toBeLessThan(700);
});

test('SEL-039 a closed channel is not preferred to a ready one', async () => {
  const closed = chan<number>();
  closed.close();
  const ready = full(PICKS);
  let picked = 0;
  for (let n = 0; n < PICKS; n++) if ((await select({ closed, ready })).key === 'closed') picked++;
  expect(Math.abs(picked - PICKS / 2)).toBeLessThan(TEN_SIGMA);
});
