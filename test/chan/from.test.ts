import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';

import { chan, go, select, trySelect, type RecvChan, type Source } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { capacities, places } from './where.js';

/** Sources of 0, 1, 2 that fail, if they are to, and tell when they are released. */
const kinds: readonly [string, (told: string[], error?: Error) => Source<number>][] = [
  [
    'an async generator',
    async function* (told, error) {
      try {
        yield* [0, 1, 2];
        if (error !== undefined) throw error;
      } finally {
        told.push('released');
      }
    },
  ],
  [
    'a Readable',
    (told, error) => {
      let n = 0;
      return new Readable({
        objectMode: true,
        highWaterMark: 1,
        read() {
          if (n < 3) this.push(n++);
          else if (error === undefined) this.push(null);
          else this.destroy(error);
        },
        destroy(reason, done) {
          told.push('released');
          done(reason);
        },
      });
    },
  ],
  [
    'a ReadableStream',
    (told, error) => {
      let n = 0;
      return new ReadableStream<number>({
        pull(controller) {
          if (n < 3) controller.enqueue(n++);
          else if (error === undefined) controller.close();
          else controller.error(error);
        },
        cancel() {
          told.push('released');
        },
      });
    },
  ],
];

test.each(kinds)('a channel gives what %s gives, then its end', async (_, make) => {
  for (const capacity of capacities) {
    const ch = chan.from(make([]), capacity);
    const got: number[] = [];
    for await (const n of ch) got.push(n);
    expect(got).toEqual([0, 1, 2]);
    expect(await ch.next()).toEqual({ value: undefined, done: true });
    expect(await ch.finished).toBe(undefined);
  }
});

test.each(kinds)('the error of %s reaches every kind of reader, after its values', async (_, make) => {
  const error = new Error('torn');
  const open = (): ReturnType<typeof chan.from<number>> => chan.from(make([], error), 4);
  const got: number[] = [];
  await expect(
    (async () => {
      for await (const n of open()) got.push(n);
    })(),
  ).rejects.toBe(error);
  expect(got).toEqual([0, 1, 2]);
  const ch = open();
  for (let n = 0; n < 3; n++) expect(await ch.recv()).toBe(n);
  await expect(ch.recv()).rejects.toBe(error);
  await expect(ch.next()).rejects.toBe(error);
  await expect(select({ ch })).rejects.toBe(error);
  expect(() => ch.tryRecv()).toThrow(error);
  await expect(ch.finished).rejects.toBe(error);
});

test.each(kinds)('the error of %s reaches readers in other isolates', async (_, make) => {
  const error = Object.assign(new RangeError('torn'), { at: 7, cause: new TypeError('why') });
  const open = (): RecvChan<number> => chan.from(make([], error), 4);
  const ways = {
    async loop(ch: RecvChan<number>) {
      for await (const n of ch) void n;
    },
    async recv(ch: RecvChan<number>) {
      while ((await ch.recv()) !== undefined);
    },
    async sync(ch: RecvChan<number>) {
      while (ch.recvSync() !== undefined);
    },
    async select(ch: RecvChan<number>) {
      while ((await select({ ch })).ok);
    },
    async trying(ch: RecvChan<number>) {
      for (;;) {
        if (trySelect({ ch })?.ok === false || ch.tryRecv()?.done === true) return;
        await new Promise(setImmediate);
      }
    },
  };
  const wrong = { name: 'RangeError', message: 'torn', at: 7, cause: { message: 'why' } };
  for (const way of Object.values(ways)) {
    const failed = go(way, open());
    await expect(failed).rejects.toMatchObject(wrong);
  }
  // Each of several readers, and those that come when all is over.
  const ch = open();
  const readers = [go(ways.recv, ch), go(ways.recv, ch), go(ways.loop, ch)];
  await Promise.all(readers.map((reader) => expect(reader).rejects.toMatchObject(wrong)));
  await expect(go(ways.recv, ch)).rejects.toMatchObject(wrong);
  await expect(ch.recv()).rejects.toBe(error);
});

test('a source that ends well has no error, here or there', async () => {
  const count = async (ch: RecvChan<number | undefined>): Promise<number> => {
    let n = 0;
    for await (const value of ch) n += value ?? 0.5;
    return n;
  };
  expect(await go(count, chan.from([1, undefined, 2]))).toBe(3.5);
  expect(await go(count, chan.merge(chan.from([1]), chan.from([undefined])))).toBe(1.5);
});

test('an error that cannot be copied says elsewhere what it can', async () => {
  const error = Object.assign(new Error('torn'), { handle: new WeakMap() });
  const ch = chan.from(
    (function* (): Generator<number> {
      yield 1;
      throw error;
    })(),
  );
  const second = async (it: RecvChan<number>) => [await it.recv(), await it.recv()];
  await expect(go(second, ch)).rejects.toThrow('torn');
  await expect(ch.recv()).rejects.toBe(error);
});

test.each(kinds)('leaving the loop releases %s', async (_, make) => {
  const told: string[] = [];
  for await (const n of chan.from(make(told))) if (n === 0) break;
  expect(told).toEqual(['released']);
});

test.each(kinds)('stop releases %s; what was taken is still delivered', async (_, make) => {
  const told: string[] = [];
  const ch = chan.from(make(told));
  expect(await ch.recv()).toBe(0);
  await ch[Symbol.asyncDispose]();
  const rest: number[] = [];
  for await (const n of ch) rest.push(n);
  expect([[], [1], [1, 2]]).toContainEqual(rest);
  expect(await ch.finished).toBe(undefined);
  expect(told).toEqual(['released']);
});

test('a source is read no faster than its channel', async () => {
  let given = 0;
  const endless = (function* () {
    for (;;) yield given++;
  })();
  const ch = chan.from(endless, 2);
  expect(await isPending(ch.finished)).toBe(true);
  expect(given).toBeLessThanOrEqual(3);
  await ch.stop();
});

test('a source that waits for ever can be stopped', async () => {
  const never = new Readable({ objectMode: true, read: () => undefined });
  const ch = chan.from(never);
  const received = ch.recv();
  await ch.stop();
  expect(await received).toBe(undefined);
  expect(never.destroyed).toBe(true);
});

test('so can a generator that waits for ever', async () => {
  const silent = chan<number>();
  const ch = chan.from(
    (async function* () {
      yield await silent.recv();
    })(),
  );
  const received = ch.recv();
  await ch.stop();
  expect(await received).toBe(undefined);
  expect(await ch.finished).toBe(undefined);
});

test.each([[undefined], [null], [1], [{}], [() => 1]])('no source: %s', (source) => {
  expect(() => chan.from(source as never)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
  );
});

test.each(places)('merge gives all that several channels give, and ends with them, $place', async ({
  start,
}) => {
  const chans = [chan<number>(), chan<number>(1), chan<number>(8)];
  const merged = chan.merge(...chans);
  const reader = start(async (from: RecvChan<number>) => {
    const got: number[] = [];
    for await (const n of from) got.push(n);
    return got.sort((a, b) => a - b);
  }, merged as RecvChan<number>);
  await Promise.all(
    chans.map(async (ch, k) => {
      for (let n = 0; n < 100; n++) await ch.send(n * 3 + k);
      ch.close();
    }),
  );
  expect(await reader).toEqual(Array.from({ length: 300 }, (_, n) => n));
});

test('merge of nothing is closed; of what is no channel, an error', async () => {
  expect(await chan.merge().next()).toEqual({ value: undefined, done: true });
  expect(() => chan.merge([] as never)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
  );
});

test('a merge that was left takes nothing more', async () => {
  const ch = chan<number>(3);
  for (const n of [0, 1, 2]) await ch.send(n);
  const merged = chan.merge(ch);
  for await (const n of merged) if (n === 0) break;
  const rest: number[] = [];
  for await (const n of merged) rest.push(n);
  while (ch.length > 0) rest.push((await ch.recv())!);
  expect(rest).toEqual([1, 2]);
  expect(ch.trySend(3)).toBe(true);
});
