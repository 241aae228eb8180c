import { chan, go, type Chan } from 'gosched';
import { expect, test } from 'vitest';

test('what a channel holds when it is given away does not touch the other arguments', async () => {
  const held = chan<object>(1);
  held.trySend({ id: 7 });
  const all = async (a: string, it: Chan<object>, b: string) => [a, await it.recv(), b];
  expect(await go(all, 'before', held, 'after')).toEqual(['before', { id: 7 }, 'after']);
});

test('nor other values inside the same one', async () => {
  const [held, out] = [chan<object>(1), chan<[object, Chan<object>]>(1)];
  held.trySend({ id: 7 });
  const first = { before: new Map([[1, 'a']]) };
  const receive = async (from: Chan<[object, Chan<object>]>) => {
    const [value, ch] = (await from.recv())!;
    return [value, await ch.recv()];
  };
  const received = go(receive, out);
  await out.send([first, held]);
  expect(await received).toEqual([first, { id: 7 }]);
});

test('a channel that holds more values than one list names', async () => {
  const COUNT = 20_000;
  const held = chan<{ n: number }>(COUNT);
  for (let n = 0; n < COUNT; n++) held.trySend({ n });
  held.close();
  const sum = async (from: Chan<{ n: number }>) => {
    let total = 0;
    for await (const { n } of from) total += n;
    return total;
  };
  expect(await go(sum, held)).toBe((COUNT * (COUNT - 1)) / 2);
});
