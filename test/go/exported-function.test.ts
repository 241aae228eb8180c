import { go } from 'gosched';
import { expect, test } from 'vitest';
import half, { callsHere, square, squareOf } from './fixtures/square.js';
import * as all from './fixtures/square.js';

test('exports of a module run there, with what they use', async () => {
  expect(await go(square, 12)).toBe(144);
  expect(await go(squareOf, 5)).toBe(25);
  expect(await go(half, 9)).toBe(4.5);
  expect(await go(all.square, 3)).toBe(9);
});

test('the module that runs elsewhere is another instance', async () => {
  const before = callsHere();
  await go(square, 2);
  expect(callsHere()).toBe(before);
});
