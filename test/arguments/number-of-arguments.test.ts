import { go } from 'gosched';
import { expect, test } from 'vitest';

test('too many arguments are refused, and the most there can be are not', async () => {
  const count = (...all: number[]): number => all.length;
  const most = Array.from({ length: 4092 }, (_, n) => n);
  expect(await go(count, ...most)).toBe(4092);
  const call = () => go(count, ...most, 1);
  expect(call).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }));
  expect(await go(count, 1, 2)).toBe(2);
});

test('what a function captures takes their place', async () => {
  const one = 1;
  const two = { n: 2 };
  const count = (...all: number[]): number => all.length + one + two.n;
  const most = Array.from({ length: 4089 }, (_, n) => n);
  expect(await go(count, ...most)).toBe(4092);
  expect(() => go(count, ...most, 1)).toThrow(/at most 4089/);
});
