import { chan, go, type Chan } from 'gosched';
import { expect, test } from 'vitest';

// A channel that is given away encodes what it holds while the arguments before it are on their way.
test('arguments before a channel that holds values arrive', async () => {
  const held = chan<string>(2);
  await held.send('one');
  await held.send('two');
  const list = async (text: string, n: number, it: { ch: Chan<string> }): Promise<unknown[]> => [
    text,
    n,
    await it.ch.recv(),
    await it.ch.recv(),
  ];
  expect(await go(list, 'text', 7, { ch: held })).toEqual(['text', 7, 'one', 'two']);
});

test('a channel that holds ten thousand values brings them all', async () => {
  const held = chan<{ n: number }>(10_000);
  for (let n = 0; n < 10_000; n++) void held.send({ n });
  held.close();
  const sum = async (it: Chan<{ n: number }>): Promise<number> => {
    let total = 0;
    for await (const { n } of it) total += n;
    return total;
  };
  expect(await go(sum, held)).toBe((9999 * 10_000) / 2);
});
