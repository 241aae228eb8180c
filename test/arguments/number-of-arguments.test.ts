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
