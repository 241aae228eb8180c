import { chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { link } from './fixtures/link.js';

test.each(places)('a goroutine starts goroutines and awaits them, $place', async ({ start }) => {
  const sum = start(async (count: number) => {
    const { go } = await import('gosched');
    const children = Array.from({ length: count }, (_, n) => go((x: number) => x * x, n));
    return (await Promise.all(children)).reduce((a, b) => a + b, 0);
  }, 50);
  expect(await sum).toBe(40_425);
});

test.each(places)('the error of a grandchild comes through, $place', async ({ start }) => {
  const failed = start(async () => {
    const { go } = await import('gosched');
    await go(async () => {
      await (await import('gosched')).go(() => { throw new EvalError('deep'); });
    });
  });
  await expect(failed).rejects.toBeInstanceOf(EvalError);
});

test.each(places)('SCH-023 a chain of 200, each starting the next, $place', async ({ start }) => {
  const end = chan<number>();
  const started = start(link, 200, end);
  expect(await end.recv()).toBe(1);
  await started;
});
