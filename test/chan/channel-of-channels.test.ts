import { chan, go, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

test.each(everywhere)(
  'CH-066 a channel received from a channel can be sent on, capacity $capacity $place',
  async ({ start, capacity }) => {
    const replies = chan<Chan<string>>(capacity);
    const answering = start(async (from: Chan<Chan<string>>) => {
      for await (const reply of from) await reply.send('hello');
    }, replies);
    const reply = chan<string>(capacity);
    await replies.send(reply);
    expect(await reply.recv()).toBe('hello');
    replies.close();
    await answering;
  },
);

test('a channel that comes back is the same object', async () => {
  const there = chan<Chan<number>>();
  const echo = go(async (ch: Chan<Chan<number>>) => ch.send((await ch.recv())!), there);
  const ch = chan<number>(1);
  await there.send(ch);
  expect(await there.recv()).toBe(ch);
  await echo;
});
