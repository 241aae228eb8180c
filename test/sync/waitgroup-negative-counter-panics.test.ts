import { GoPanic, WaitGroup } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

const panic = {
  name: 'GoPanic',
  code: 'ERR_NEGATIVE_WAITGROUP',
  message: 'sync: negative WaitGroup counter',
};

test.each(places)('a counter below zero panics, $place', async ({ start }) => {
  const wg = new WaitGroup();
  const done = start((it: WaitGroup) => it.done(), wg);
  await expect(done).rejects.toBeInstanceOf(GoPanic);
  await expect(done).rejects.toMatchObject(panic);
});

test('add(-2) at one panics', () => {
  const wg = new WaitGroup();
  wg.add(1);
  expect(() => wg.add(-2)).toThrow(expect.objectContaining(panic));
});
