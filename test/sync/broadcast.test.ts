import { chan, type RecvChan } from 'gosched';
import { broadcast } from 'gosched/sync';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { everywhere } from '../chan/where.js';

const hundred = Array.from({ length: 100 }, (_, n) => n);

test.each(everywhere)('each reader gets every value, capacity $capacity $place', async ({
  start,
  capacity,
}) => {
  const ch = chan<number>();
  const readers = broadcast(ch, 3, capacity).map((one) =>
    start(async (from: RecvChan<number>) => {
      const got: number[] = [];
      for await (const n of from) got.push(n);
      return got;
    }, one as RecvChan<number>),
  );
  for (const n of hundred) await ch.send(n);
  ch.close();
  expect(await Promise.all(readers)).toEqual([hundred, hundred, hundred]);
});

test('the slowest reader sets the pace; one that leaves holds up nobody', async () => {
  const ch = chan<number>();
  const [quick, slow] = broadcast(ch, 2) as [
    ReturnType<typeof broadcast<number>>[0],
    ReturnType<typeof broadcast<number>>[0],
  ];
  const sent = (async () => {
    for (const n of hundred) await ch.send(n);
    ch.close();
  })();
  const got: number[] = [];
  const read = (async () => {
    for await (const n of quick) got.push(n);
  })();
  expect(await isPending(read)).toBe(true);
  expect(got.length).toBeLessThan(10);
  await slow.stop();
  await read;
  expect(got).toEqual(hundred);
  await sent;
});

test('when all have left nothing more is taken', async () => {
  const ch = chan<number>();
  const readers = broadcast(ch, 2);
  await Promise.all(readers.map((reader) => reader.stop()));
  await Promise.all(readers.map((reader) => reader.finished));
  const sent = ch.send(1);
  expect(await isPending(sent)).toBe(true);
  expect(await ch.recv()).toBe(1);
});

test('the error of the source reaches every reader', async () => {
  const error = new Error('torn');
  const torn = chan.from(
    (async function* () {
      yield 1;
      throw error;
    })(),
  );
  const all = broadcast(torn, 2).map(async (one) => {
    expect(await one.recv()).toBe(1);
    await expect(one.recv()).rejects.toBe(error);
  });
  await Promise.all(all);
  expect(all.length).toBe(2);
});

test.each([
  ['ERR_INVALID_ARG_TYPE', () => broadcast([] as never, 1)],
  ['ERR_INVALID_ARG_TYPE', () => broadcast(chan(), '1' as never)],
  ['ERR_OUT_OF_RANGE', () => broadcast(chan(), 0)],
  ['ERR_CHAN_CAPACITY', () => broadcast(chan(), 1, -1)],
])('%s for %s', (code, call) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
