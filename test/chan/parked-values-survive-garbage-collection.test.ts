import { chan, go, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.js';
import { places } from './where.js';

test.each(places)('CH-046 the value of a parked sender survives collections, $place', async ({
  start,
}) => {
  const [ch, ready] = [chan<{ n: number }>(), chan<number>()];
  const senders = start(async (to: typeof ch, here: typeof ready) => {
    const sent = Array.from({ length: 100 }, (_, n) => to.send({ n }));
    for (let round = 0; round < 3; round++) await collectGarbage();
    await here.send(1);
    await Promise.all(sent);
  }, ch, ready);
  await ready.recv();
  await collectGarbage();
  for (let n = 0; n < 100; n++) expect(await ch.recv()).toEqual({ n });
  await senders;
});

test('CH-045 a received value is not kept by the channel', async () => {
  const ch = chan<object>(4);
  const passed = await (async () => {
    const value = { big: 'x'.repeat(1000) };
    await ch.send(value);
    await ch.recv();
    return new WeakRef(value);
  })();
  for (let round = 0; round < 50 && passed.deref() !== undefined; round++) await collectGarbage();
  expect(passed.deref()).toBe(undefined);
  expect(ch.length).toBe(0);
});

test.each(places)('CH-048 collections while goroutines park lose nothing, $place', async (at) => {
  const pairs = Array.from({ length: 200 }, () => chan<number>());
  const senders = pairs.map((ch, n) =>
    at.start((to: Chan<number>, value: number) => to.send(value), ch, n),
  );
  const receivers = pairs.map((ch) => at.start((from: Chan<number>) => from.recv(), ch));
  for (let round = 0; round < 3; round++) await collectGarbage();
  expect(await Promise.all(receivers)).toEqual(pairs.map((_, n) => n));
  await Promise.all(senders);
});

test('a channel only known to a parked goroutine elsewhere stays', async () => {
  const answer = chan<number>(1);
  const parked = go(
    async (ch: Chan<Chan<number>>, result: Chan<number>) => {
      const mine = (await ch.recv())!;
      await result.send((await mine.recv())!);
    },
    ...(await giveAwayAndForget(answer)),
  );
  for (let round = 0; round < 3; round++) await collectGarbage();
  expect(await answer.recv()).toBe(42);
  await parked;
});

async function giveAwayAndForget(
  answer: Chan<number>,
): Promise<[Chan<Chan<number>>, Chan<number>]> {
  const outer = chan<Chan<number>>(1);
  const inner = chan<number>(1);
  await inner.send(42);
  await outer.send(inner);
  return [outer, answer];
}
