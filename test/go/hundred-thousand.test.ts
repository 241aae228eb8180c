import { go } from 'gosched';
import { numGoroutine } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

const COUNT = 100_000;

test.each(places)('SCH-022 100,000 goroutines at once, all with results, $place', async (at) => {
  const before = numGoroutine();
  const goroutines = Array.from({ length: COUNT }, (_, n) => at.start((x: number) => x * 2, n));
  const results = await Promise.all(goroutines);
  expect(results.findIndex((result, n) => result !== n * 2)).toBe(-1);
  expect(new Set(goroutines.map(({ id }) => id)).size).toBe(COUNT);
  expect(numGoroutine()).toBe(before);
});

test.each(places)('SCH-022 100,000 goroutines parked, then released, $place', async (at) => {
  const { chan } = await import('gosched');
  const before = numGoroutine();
  const gate = chan<number>();
  const wait = (it: typeof gate): Promise<number | undefined> => it.recv();
  const parked = Array.from({ length: COUNT }, () => at.start(wait, gate));
  expect(numGoroutine()).toBe(before + COUNT);
  gate.close();
  const ends = await Promise.all(parked);
  expect(ends.every((end) => end === undefined)).toBe(true);
  expect(numGoroutine()).toBe(before);
});

test('SCH-018 numGoroutine counts what is alive', async () => {
  const before = numGoroutine();
  const { chan } = await import('gosched');
  const ch = chan<number>();
  const parked = Array.from({ length: 10 }, () => go((c: typeof ch) => c.recv(), ch));
  expect(numGoroutine()).toBe(before + 10);
  ch.close();
  await Promise.all(parked);
  expect(numGoroutine()).toBe(before);
});
