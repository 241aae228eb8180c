import { chan, go, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { capacities } from '../chan/where.js';

test.each(capacities)('any value arrives as itself, capacity %i', async (capacity) => {
  const ch = chan<unknown>(capacity);
  const values = [{}, [], () => 1, Symbol('s'), new WeakMap(), Promise.resolve(), new Map(), null];
  const sender = go.local(async () => {
    for (const value of values) await ch.send(value);
    for (const value of values) await select({ put: ch.sending(value) });
    ch.close();
  });
  const received: unknown[] = [];
  for await (const value of ch) received.push(value);
  expect(received).toHaveLength(values.length * 2);
  received.forEach((value, n) => expect(value).toBe(values[n % values.length]));
  await sender;
});

test('a channel given away copies what it holds and what its parked senders offer', async () => {
  const ch = chan<object>(2);
  const values = [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }];
  const sent = values.map((value) => ch.send(value));
  const selected = select({ put: ch.sending({ n: 4 }), never: chan<number>() });
  const seen = await go(async (from: Chan<object>) => {
    const taken: object[] = [];
    while (taken.length < 5) taken.push((await from.recv())!);
    return taken;
  }, ch);
  expect(seen).toEqual([...values, { n: 4 }]);
  expect(await selected).toEqual({ key: 'put' });
  await Promise.all(sent);
});

test('values in the buffer are copies from then on, here as well', async () => {
  const ch = chan<object>(2);
  const value = { n: 1 };
  await ch.send(value);
  await go((it: Chan<object>) => void it, ch);
  const got = await ch.recv();
  expect(got).toEqual(value);
  expect(got).not.toBe(value);
});

test('a channel that holds what cannot be copied cannot be given away', async () => {
  const ch = chan<unknown>(2);
  const fn = (): number => 1;
  await ch.send(fn);
  expect(() => go((it: Chan<unknown>) => void it, ch)).toThrow(
    expect.objectContaining({ code: 'ERR_DATA_CLONE' }),
  );
  // It stays as it was.
  expect(await ch.recv()).toBe(fn);
});

test('a receiver that waits here gets values from elsewhere', async () => {
  const ch = chan<object>();
  const received = ch.recv();
  await go((to: Chan<object>) => to.send({ from: 'elsewhere' }), ch);
  expect(await received).toEqual({ from: 'elsewhere' });
});
