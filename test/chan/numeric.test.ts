import { chan, GoPanic, type NumericChan } from 'gosched';
import { describe, expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { capacities, everywhere, places } from './where.js';

type Floats = NumericChan<Float64Array>;
const COUNT = 1000;

test.each(everywhere)(
  'CH-009 numbers come one by one, in order, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan.float64(capacity);
    const producer = start(
      async (to: Floats, count: number) => {
        for (let n = 0; n < count; n++) await to.send(n + 0.5);
        to.close();
      },
      ch,
      COUNT,
    );
    let next = 0.5;
    for await (const value of ch) expect(value).toBe(next++);
    expect(next).toBe(COUNT + 0.5);
    expect(await ch.next()).toEqual({ value: undefined, done: true });
    await producer;
  },
);

test.each(everywhere)(
  'blocks of numbers arrive whole and in order, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan.float64(capacity);
    const producer = start(
      async (to: Floats, count: number) => {
        const block = new Float64Array(37);
        for (let from = 0; from < count; from += block.length) {
          for (let n = 0; n < block.length; n++) block[n] = from + n;
          const sent = to.sendMany(block.subarray(0, Math.min(37, count - from)));
          block.fill(-1); // what waits was copied
          await sent;
        }
        to.close();
      },
      ch,
      COUNT,
    );
    const got: number[] = [];
    const into = new Float64Array(29);
    for (;;) {
      const count = await ch.recvInto(into);
      if (count === 0) break;
      got.push(...into.subarray(0, count));
    }
    expect(got).toEqual(Array.from({ length: COUNT }, (_, n) => n));
    await producer;
  },
);

test.each(places)('CH-011 four send and four receive: nothing is lost or doubled, $place', async ({
  start,
}) => {
  const ch = chan.int32(8);
  const senders = [0, 1, 2, 3].map(() =>
    start(async (to: NumericChan<Int32Array>) => {
      for (let n = 0; n < 250; n += 10) {
        await to.sendMany(Int32Array.from({ length: 10 }, (_, i) => n + i));
      }
    }, ch),
  );
  const receivers = [0, 1, 2, 3].map(() =>
    start(async (from: NumericChan<Int32Array>) => {
      const got: number[] = [];
      for await (const value of from) got.push(value);
      return got;
    }, ch),
  );
  await Promise.all(senders);
  ch.close();
  const all = (await Promise.all(receivers)).flat().sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 1000 }, (_, n) => Math.floor(n / 4)));
});

test.each(places)('CH-031 close wakes parked senders, who learn how many were sent, $place', async ({
  start,
}) => {
  const ch = chan.uint8(2);
  const sending = start(
    async (to: NumericChan<Uint8Array>) =>
      to.sendMany(Uint8Array.of(1, 2, 3, 4)).catch((error: unknown) => error),
    ch,
  );
  while (ch.length < 2) expect(await isPending(sending, 1)).toBe(true);
  expect(await isPending(sending)).toBe(true);
  ch.close();
  expect(await sending).toMatchObject({ code: 'ERR_SEND_ON_CLOSED', sent: 2 });
  expect([await ch.recv(), await ch.recv(), await ch.recv()]).toEqual([1, 2, undefined]);
});

test.each(places)('close wakes parked receivers, $place', async ({ start }) => {
  const ch = chan.float32(1);
  const one = start((from: NumericChan<Float32Array>) => from.recv(), ch);
  const many = start(
    (from: NumericChan<Float32Array>) => from.recvInto(new Float32Array(4)),
    ch,
  );
  expect(await isPending(Promise.race([one, many]))).toBe(true);
  ch.close();
  expect([await one, await many]).toEqual([undefined, 0]);
});

test.each(capacities)('the try forms never wait, capacity %i', (capacity) => {
  const ch = chan.uint16(capacity);
  const many = Uint16Array.from({ length: 100 }, (_, n) => n);
  expect(ch.trySendMany(many)).toBe(capacity);
  expect(ch.trySend(7)).toBe(false);
  expect([ch.length, ch.capacity]).toEqual([capacity, capacity]);
  const into = new Uint16Array(100);
  expect(ch.tryRecvInto(into)).toBe(capacity === 0 ? undefined : capacity);
  expect(ch.tryRecv()).toBe(undefined);
  ch.close();
  expect(ch.tryRecv()).toEqual({ value: undefined, done: true });
  expect(ch.tryRecvInto(into)).toBe(0);
  expect(() => ch.trySend(1)).toThrow(GoPanic);
  expect(() => ch.close()).toThrow('close of closed channel');
});

describe('each width carries its own numbers', () => {
  test.each([
    ['int8', chan.int8, [-128, 127], [-129, 128, 0.5]],
    ['uint8', chan.uint8, [0, 255], [-1, 256, NaN]],
    ['int16', chan.int16, [-32768, 32767], [-32769, 32768]],
    ['uint16', chan.uint16, [0, 65535], [-1, 65536]],
    ['int32', chan.int32, [-(2 ** 31), 2 ** 31 - 1], [-(2 ** 31) - 1, 2 ** 31]],
    ['uint32', chan.uint32, [0, 2 ** 32 - 1], [-1, 2 ** 32, Infinity]],
    ['float32', chan.float32, [0.5, -Infinity, NaN, -0], []],
    ['float64', chan.float64, [0.1, Infinity, NaN, -0, 2 ** 53], []],
  ] as const)('%s', async (_, make, good, bad) => {
    const ch = make(good.length);
    for (const value of good) await ch.send(value);
    for (const value of good) expect(await ch.recv()).toBe(value);
    for (const value of bad) {
      await expect(ch.send(value)).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    }
    await expect(ch.send('1' as never)).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  });
});

test('an array of another type, and one without room, are errors', async () => {
  const ch = chan.float64(4);
  const wrong = new Float32Array(1) as never;
  for (const call of [() => ch.sendMany(wrong), () => ch.recvInto(wrong)]) {
    await expect(call()).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  }
  await expect(ch.recvInto(new Float64Array())).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  expect(await ch.sendMany(new Float64Array())).toBe(undefined);
});

test('an array that loses its room while it waits: the error has what was received', async () => {
  const ch = chan.uint8(4);
  const into = new Uint8Array(4);
  const received = ch.recvInto(into);
  structuredClone(into.buffer, { transfer: [into.buffer] });
  await ch.sendMany(Uint8Array.of(1));
  await expect(received).rejects.toMatchObject({
    code: 'ERR_OUT_OF_RANGE',
    values: Uint8Array.of(1),
  });
});

test('a channel of numbers that went elsewhere and came back is the same object', async () => {
  const ch = chan.float64(1);
  expect(await places[1]!.start((it: Floats) => it, ch)).toBe(ch);
});
