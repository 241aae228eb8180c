import { chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { multiply, type Matrix } from './fixtures/matrix.js';

test.each(places)('SCH-021 a matrix product, forked by halves and joined by channels, $place', async ({
  start,
}) => {
  const size = 32;
  const a = Array.from({ length: size }, (_, r) => Array.from({ length: size }, (_, c) => r + c));
  const b = Array.from({ length: size }, (_, r) => Array.from({ length: size }, (_, c) => r - 2 * c));
  const result = chan<Matrix>();
  const whole = start(multiply, a as Matrix, b as Matrix, 0, size, result);
  const expected = a.map((row) =>
    row.map((_, c) => row.reduce((sum, value, n) => sum + value * b[n]![c]!, 0)),
  );
  expect(await result.recv()).toEqual(expected);
  await whole;
});
