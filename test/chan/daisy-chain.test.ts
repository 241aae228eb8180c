import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from './where.js';

const LINKS = 10_000;

test.each(places)('CH-057 a value passes through 10,000 goroutines, $place', async ({ start }) => {
  const left = chan<number>();
  let from = left;
  const goroutines: PromiseLike<void>[] = [];
  for (let n = 0; n < LINKS; n++) {
    const right = chan<number>();
    const link = async (to: Chan<number>, next: Chan<number>): Promise<void> => {
      await to.send((await next.recv())! + 1);
    };
    goroutines.push(start(link, from, right));
    from = right;
  }
  await from.send(0);
  expect(await left.recv()).toBe(LINKS);
  await Promise.all(goroutines);
});

test.each(places)('CH-039 goroutine i, in its turn, gets value i, $place', async ({ start }) => {
  const values = chan<number>();
  const turns = Array.from({ length: 11 }, () => chan<string>());
  const takers = Array.from({ length: 10 }, (_, n) =>
    start(
      async (from: Chan<number>, turn: Chan<string>, next: Chan<string>) => {
        await turn.recv();
        const value = await from.recv();
        void next.send('yours');
        return value;
      },
      values,
      turns[n]!,
      turns[n + 1]!,
    ),
  );
  await turns[0]!.send('yours');
  for (let n = 0; n < 10; n++) await values.send(n);
  await turns[10]!.recv();
  expect(await Promise.all(takers)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
