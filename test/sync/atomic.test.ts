import { atomic } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test('integers wrap around', () => {
  expect(new atomic.Int32(2 ** 31 - 1).add(1)).toBe(-(2 ** 31));
  expect(new atomic.Uint32(0).sub(1)).toBe(2 ** 32 - 1);
  expect(new atomic.Int64(2n ** 63n - 1n).add(1n)).toBe(-(2n ** 63n));
});

test('add and sub give what it is, the others what it was', () => {
  const it = new atomic.Int32(6);
  expect([it.add(2), it.sub(1), it.and(6), it.or(9), it.swap(-1), it.load()]).toEqual([
    8, 7, 7, 6, 15, -1,
  ]);
  const long = new atomic.Int64(6n);
  expect([long.and(-2n), long.or(1n), long.swap(-5n), long.load()]).toEqual([6n, 6n, 7n, -5n]);
});

test('a comparison that fails changes nothing', () => {
  const it = new atomic.Uint32(7);
  expect([it.compareAndSwap(8, 9), it.load(), it.compareAndSwap(7, 9), it.load()]).toEqual([
    false, 7, true, 9,
  ]);
});

test('floats and booleans', () => {
  const float = new atomic.Float64(0.5);
  expect([float.add(0.25), float.sub(1), float.swap(NaN)]).toEqual([0.75, -0.25, -0.25]);
  expect([float.compareAndSwap(NaN, -0), Object.is(float.load(), -0)]).toEqual([true, true]);
  const bool = new atomic.Bool();
  expect([bool.load(), bool.swap(true), bool.compareAndSwap(false, true), bool.load()]).toEqual([
    false, false, false, true,
  ]);
});

test.each(places)('nothing is lost between goroutines, $place', async ({ start }) => {
  const all = [new atomic.Int32(), new atomic.Int64(), new atomic.Float64(), new atomic.Uint32()] as const;
  const count = (
    a: atomic.Int32,
    b: atomic.Int64,
    c: atomic.Float64,
    d: atomic.Uint32,
  ): void => {
    for (let n = 0; n < 2000; n++) {
      a.add(1);
      b.add(1n);
      c.add(0.5);
      for (let old = d.load(); !d.compareAndSwap(old, old + 1); ) old = d.load();
    }
  };
  await Promise.all(Array.from({ length: 4 }, () => start(count, ...all)));
  expect(all.map((it) => it.load())).toEqual([8000, 8000n, 4000, 8000]);
});
