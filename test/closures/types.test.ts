import { chan, go, type Chan, type Goroutine } from 'gosched';
import { expect, expectTypeOf, test } from 'vitest';

const factor = 3;

// The compiler checks these: an unused @ts-expect-error is an error as well.
test('arguments and results have the types of the function', async () => {
  const sum = go((a: number, b: number) => (a + b) * factor, 1, 2);
  expectTypeOf(sum).toEqualTypeOf<Goroutine<number>>();
  const text = go(async (n: number) => String(n * factor), 2);
  expectTypeOf(text).toEqualTypeOf<Goroutine<string>>();
  const given = go.with({ factor: 5 }, (x: number) => x * factor, 2);
  expectTypeOf(given).toEqualTypeOf<Goroutine<number>>();
  expect(await Promise.all([sum, text, given])).toEqual([9, '6', 10]);
});

test('arguments of other types, or too few, do not compile', async () => {
  // @ts-expect-error a string is no number
  expect(await go((a: number) => a, '1')).toBe('1');
  // @ts-expect-error one is missing
  expect(await go((a: number, b: number) => [a, b], 1)).toEqual([1, undefined]);
  // @ts-expect-error one is missing
  expect(await go.with({ factor: 2 }, (a: number) => [a, factor])).toEqual([undefined, 2]);
});

test('a captured channel keeps its type', async () => {
  const results: Chan<string> = chan<string>(1);
  await go(() => results.send(String(factor)));
  const received = await results.recv();
  expectTypeOf(received).toEqualTypeOf<string | undefined>();
  expect(received).toBe('3');
});
