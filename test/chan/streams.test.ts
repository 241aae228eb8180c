import { chan, go, type RecvChan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { everywhere } from './where.js';

/** Sends 0 to 99 and closes. */
async function count(to: ReturnType<typeof chan<number>>): Promise<void> {
  for (let n = 0; n < 100; n++) await to.send(n);
  to.close();
}
const hundred = Array.from({ length: 100 }, (_, n) => n);

/** The two kinds of stream, as what reads one and gives it up. */
const kinds = [
  ['toReadable', (ch: RecvChan<number>) => ch.toReadable()],
  ['toWeb', (ch: RecvChan<number>) => ch.toWeb()],
] as const;

test.each(kinds.flatMap(([name, open]) => everywhere.map((at) => ({ name, open, ...at }))))(
  '$name gives what the channel gives, then ends, capacity $capacity $place',
  async ({ open, start, capacity }) => {
    const ch = chan<number>(capacity);
    const sender = start(
      async (to: typeof ch) => {
        for (let n = 0; n < 100; n++) await to.send(n);
        to.close();
      },
      ch,
    );
    const got: number[] = [];
    for await (const n of open(ch)) got.push(n as number);
    expect(got).toEqual(hundred);
    await sender;
  },
);

test('a Node.js stream that is destroyed while it waits takes no value', async () => {
  const ch = chan<number>();
  const got: unknown[] = [];
  const readable = ch.toReadable().on('data', (n) => got.push(n));
  expect(await isPending(new Promise((resolve) => void readable.once('close', resolve)))).toBe(true);
  readable.destroy();
  await expect.poll(() => readable.closed).toBe(true);
  expect(ch.trySend(1)).toBe(false);
  expect(got).toEqual([]);
});

test('a web stream that is cancelled while it waits takes no value', async () => {
  const ch = chan<number>();
  const reader = ch.toWeb().getReader();
  const read = reader.read();
  expect(await isPending(read)).toBe(true);
  await reader.cancel();
  expect(await read).toEqual({ value: undefined, done: true });
  expect(ch.trySend(1)).toBe(false);
});

test('leaving a loop over a stream leaves the channel as it is', async () => {
  const ch = chan<number>();
  const sender = go.local(count, ch);
  for await (const n of ch.toWeb()) if (n === 10) break;
  expect(await ch.recv()).toBe(11);
  for await (const n of ch) if (n === 98) break;
  expect(await ch.recv()).toBe(99);
  await sender;
});

test('null, which a Node.js stream cannot carry, is an error of the stream', async () => {
  const ch = chan<number | null>(1);
  await ch.send(null);
  await expect(ch.toReadable().toArray()).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  await ch.send(null);
  const { value } = await ch.toWeb().getReader().read();
  expect(value).toBe(null);
});

test('the error of a source goes through a stream', async () => {
  const error = new Error('torn');
  const torn = (): AsyncIterable<number> => ({
    async *[Symbol.asyncIterator]() {
      yield 1;
      throw error;
    },
  });
  await expect(chan.from(torn()).toReadable().toArray()).rejects.toBe(error);
  const reader = chan.from(torn()).toWeb().getReader();
  expect(await reader.read()).toEqual({ value: 1, done: false });
  await expect(reader.read()).rejects.toBe(error);
});
