import { chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { multiply, type Matrix } from './fixtures/matrix.js';

test.each(places)('SCH-021 a matrix product, forked, and joined by channels, $place', async ({
  start,
}) => {
  const size = 32;
  const numbers = Array.from({ length: size }, (_, n) => n);
  const a: Matrix = numbers.map((r) => numbers.map((c) => r + c));
  const b: Matrix = numbers.map((r) => numbers.map((c) => r - 2 * c));
  const result = chan<Matrix>();
  const whole = start(multiply, a, b, 0, size, result);
  const expected = a.map((row) =>
    numbers.map((c) => row.reduce((sum, value, n) => sum + value * b[n]![c]!, 0)),
  );
  expect(await result.recv()).toEqual(expected);
  await whole;
});
