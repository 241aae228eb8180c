import { WaitGroup } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { places } from '../chan/where.js';

test('wait at zero does not wait', async () => {
  const wg = new WaitGroup();
  await expect(wg.wait()).resolves.toBe(undefined);
  wg.add(0);
  await expect(wg.wait()).resolves.toBe(undefined);
});

test.each(places)('wait resolves at zero, not before, $place', async ({ start }) => {
  const wg = new WaitGroup();
  wg.add(3);
  const waited = wg.wait();
  await start((it: WaitGroup) => it.done(), wg);
  await start((it: WaitGroup) => it.add(-1), wg);
  expect(await isPending(waited)).toBe(true);
  await start((it: WaitGroup) => it.done(), wg);
  await waited;
});

test.each(places)('SYN-031 every waiter is woken, $place', async ({ start }) => {
  const wg = new WaitGroup();
  wg.add();
  const waiters = Array.from({ length: 200 }, (_, n) =>
    start(
      async (it: WaitGroup, id: number) => {
        await it.wait();
        return id;
      },
      wg,
      n,
    ),
  );
  wg.done();
  expect(await Promise.all(waiters)).toEqual(Array.from({ length: 200 }, (_, n) => n));
});
