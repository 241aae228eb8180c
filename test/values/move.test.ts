import { chan, go, move, select, trySelect, SharedMap, type Chan } from 'gosched';
import { describe, expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.js';
import { places } from '../chan/where.js';

const LARGE = 256 * 1024;
/** A copy travels, a block travels. */
const sizes = [8, 128 * 1024, 128 * 1024 + 8, LARGE];
/** Bytes of which each tells where it is. */
function bytes(size: number, seed = 0): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(size);
  for (let n = 0; n < size; n++) made[n] = n * 31 + seed;
  return made;
}
const gone = (view: Uint8Array) => view.length === 0 && view.buffer.byteLength === 0;

/** A channel that another isolate knows. */
async function shared<T>(capacity: number): Promise<Chan<T>> {
  const ch = chan<T>(capacity);
  await go((it: unknown) => void it, ch);
  return ch;
}

describe.each(sizes)('a buffer of %i bytes', (size) => {
  test('goes to a goroutine, and comes back as its result', async () => {
    const there = bytes(size);
    const running = go(
      (it: Uint8Array) => {
        it[0] = 7;
        return move(it);
      },
      move(there),
    );
    expect(gone(there)).toBe(true);
    const back = await running;
    const expected = bytes(size);
    expected[0] = 7;
    expect(Buffer.compare(back, expected)).toBe(0);
  });

  test.each(places)('goes over a channel, $place', async ({ start }) => {
    const [to, from] = [chan<Uint8Array>(), chan<Uint8Array>()];
    const other = start(
      async (a: Chan<Uint8Array>, b: Chan<Uint8Array>) => b.send(move((await a.recv())!)),
      to,
      from,
    );
    const it = bytes(size);
    const sent = to.send(move(it));
    expect(gone(it)).toBe(true);
    await sent;
    expect(Buffer.compare((await from.recv())!, bytes(size))).toBe(0);
    await other;
  });

  test('goes inside of a value, with all its views', async () => {
    const pixels = bytes(size);
    const part = new Uint8Array(pixels.buffer, 4, 4);
    const running = go(
      (it: { id: number; views: Uint8Array[]; buffer: ArrayBuffer }) => ({
        ...it,
        same: it.views.every((view) => view.buffer === it.buffer),
      }),
      { id: 3, views: [move(pixels), part], buffer: pixels.buffer },
    );
    expect([pixels.length, part.length]).toEqual([0, 0]);
    const { id, views, same } = await running;
    expect([id, same]).toEqual([3, true]);
    expect(Buffer.compare(views[0]!, bytes(size))).toBe(0);
    expect(Buffer.compare(views[1]!, bytes(size).subarray(4, 8))).toBe(0);
  });

  test('in two arguments: both have the bytes', async () => {
    const it = bytes(size);
    const both = await go((a: Uint8Array, b: Uint8Array) => [a, b], move(it), it);
    expect(gone(it)).toBe(true);
    for (const one of both) expect(Buffer.compare(one, bytes(size))).toBe(0);
    both[0]![0] = 77;
    expect(both[1]![0]).toBe(0);
  });

  test('trySend detaches it when it is taken, and only then', async () => {
    const ch = await shared<Uint8Array>(1);
    const it = bytes(size);
    expect(ch.trySend(move(it))).toBe(true);
    expect(gone(it)).toBe(true);
    const next = bytes(size, 5);
    expect(ch.trySend(move(next))).toBe(false);
    expect(Buffer.compare(next, bytes(size, 5))).toBe(0);
    expect(Buffer.compare((await ch.recv())!, bytes(size))).toBe(0);
    expect(ch.trySend(next)).toBe(true); // still marked
    expect(gone(next)).toBe(true);
  });

  test('select detaches what it sent, at once or after waiting', async () => {
    const ch = await shared<Uint8Array>(1);
    const [it, next] = [bytes(size), bytes(size, 5)];
    expect(await select({ put: ch.sending(move(it)) })).toEqual({ key: 'put' });
    expect(gone(it)).toBe(true);
    const selected = select({ put: ch.sending(move(next)) });
    expect(gone(next)).toBe(false);
    expect(Buffer.compare((await ch.recv())!, bytes(size))).toBe(0);
    expect(await selected).toEqual({ key: 'put' });
    expect(gone(next)).toBe(true);
    expect(Buffer.compare((await ch.recv())!, bytes(size, 5))).toBe(0);
  });

  test('a case that is not chosen leaves it to the sender', async () => {
    const [full, other] = [await shared<Uint8Array>(0), await shared<number>(1)];
    const it = bytes(size);
    const offer = () => ({ put: full.sending(move(it)), other });
    expect(trySelect(offer())).toBeUndefined();
    await other.send(1);
    expect((await select(offer())).key).toBe('other'); // at once
    const selected = select(offer());
    await other.send(1);
    expect((await selected).key).toBe('other'); // after waiting
    expect(Buffer.compare(it, bytes(size))).toBe(0);
    expect(full.tryRecv()).toBeUndefined();
  });

  test('a closed channel leaves it to the sender', async () => {
    const ch = await shared<Uint8Array>(1);
    ch.close();
    const it = move(bytes(size));
    await expect(ch.send(it)).rejects.toMatchObject({ code: 'ERR_SEND_ON_CLOSED' });
    expect(() => ch.trySend(it)).toThrow('send on closed channel');
    await expect(select({ put: ch.sending(it) })).rejects.toThrow('send on closed channel');
    expect(Buffer.compare(it, bytes(size))).toBe(0);
  });

  test('a channel that is closed while the send waits gives the memory back', async () => {
    const ch = await shared<{ a: Uint8Array; b: Uint8Array }>(0);
    const value = { a: move(bytes(size, 1)), b: move(bytes(size, 2)) };
    const sent = ch.send(value);
    expect([gone(value.a), gone(value.b)]).toEqual([true, true]);
    ch.close();
    const error: { code?: string; moved?: ArrayBuffer[] } = await sent.then(() => ({}), (e) => e);
    expect(error.code).toBe('ERR_SEND_ON_CLOSED');
    expect(error.moved).toHaveLength(2);
    error.moved!.forEach((buffer, n) => {
      expect(Buffer.compare(new Uint8Array(buffer), bytes(size, n + 1))).toBe(0);
    });
  });

  test('a value that cannot be sent leaves it to the sender', async () => {
    const ch = await shared<unknown>(1);
    const it = move(bytes(size));
    const wrong = { it, fn: () => 1 };
    await expect(ch.send(wrong)).rejects.toMatchObject({ code: 'ERR_DATA_CLONE' });
    expect(() => ch.trySend(wrong)).toThrow(expect.objectContaining({ code: 'ERR_DATA_CLONE' }));
    expect(() => go((a: unknown, b: unknown) => [a, b], it, wrong)).toThrow(
      expect.objectContaining({ code: 'ERR_DATA_CLONE' }),
    );
    expect(Buffer.compare(it, bytes(size))).toBe(0);
  });

  test('sendSync hands it over', async () => {
    const [ch, done] = [chan<Uint8Array>(0), chan<number>(1)];
    const sender = go(
      (to: Chan<Uint8Array>, left: Chan<number>, count: number) => {
        const it = new Uint8Array(count);
      for (let n = 0; n < count; n++) it[n] = n * 31;
        to.sendSync(move(it));
        left.sendSync(it.length);
      },
      ch,
      done,
      size,
    );
    expect(Buffer.compare((await ch.recv())!, bytes(size))).toBe(0);
    expect(await done.recv()).toBe(0);
    await sender;
  });

  test('what is captured, or goes into a map, is copied', async () => {
    const it = move(bytes(size));
    const map = new SharedMap<string, Uint8Array>();
    map.set('it', it);
    expect(await go(() => it.length)).toBe(size);
    expect(Buffer.compare(map.get('it')!, bytes(size))).toBe(0);
    expect(Buffer.compare(it, bytes(size))).toBe(0);
  });
});

type View = new (buffer: ArrayBuffer) => ArrayBufferView;
const kinds: readonly View[] = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  DataView,
];

test.each(kinds.map((Kind) => [Kind.name, Kind] as const))('%s arrives as itself', async (_, Kind) => {
  for (const size of sizes) {
    const there = new Kind(bytes(size).buffer as ArrayBuffer);
    const back = await go((it: ArrayBufferView) => move(it), move(there) as ArrayBufferView);
    expect(there.buffer.byteLength).toBe(0);
    expect(back).toBeInstanceOf(Kind);
    expect(Buffer.compare(new Uint8Array(back.buffer), bytes(size))).toBe(0);
  }
});

test('an ArrayBuffer arrives as itself, and goes on as another view', async () => {
  const there = bytes(LARGE).buffer as ArrayBuffer;
  const back = await go((it: ArrayBuffer) => move(new Int32Array(it)), move(there));
  expect(back).toBeInstanceOf(Int32Array);
  expect(Buffer.compare(new Uint8Array(back.buffer), bytes(LARGE))).toBe(0);
  const again = await go((it: { a: Int32Array }) => ({ b: move(it.a.buffer as ArrayBuffer) }), { a: move(back) });
  expect(again.b).toBeInstanceOf(ArrayBuffer);
  expect(again.b.byteLength).toBe(LARGE);
});

test('a buffer that can change its length keeps that', async () => {
  const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer;
  const there = new Resizable(1 << 16, { maxByteLength: LARGE });
  const back = await go((it: ArrayBuffer) => move(it), move(there));
  expect(there.byteLength).toBe(0);
  expect(back).toMatchObject({ byteLength: 1 << 16, resizable: true, maxByteLength: LARGE });
});

const pages = [64 * 1024, LARGE];
test.each(pages)('a WebAssembly memory is not taken, and %i bytes before it come back', async (size) => {
  type Memory = new (limits: object) => { readonly buffer: ArrayBuffer };
  const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: Memory } }).WebAssembly;
  const { buffer } = new Memory({ initial: 1 });
  const pinned = { code: 'ERR_MOVE_PINNED' };
  const first = move(bytes(size));
  const ch = await shared<unknown>(1);
  const error = await ch.send([first, move(buffer)]).then(() => ({}), (e: object) => e);
  expect(error).toMatchObject(pinned);
  const { moved } = error as { moved: ArrayBuffer[] };
  expect(moved.map((it) => Buffer.compare(new Uint8Array(it), bytes(size)))).toEqual([0]);
  const second = move(bytes(size, 1));
  const back: ArrayBuffer[] = [];
  const refused = (): unknown => {
    try {
      return go((...all: unknown[]) => all, second, buffer);
    } catch (reason) {
      back.push(...(reason as { moved: ArrayBuffer[] }).moved);
      throw reason;
    }
  };
  expect(refused).toThrow(expect.objectContaining(pinned));
  expect(back.map((it) => Buffer.compare(new Uint8Array(it), bytes(size, 1)))).toEqual([0]);
  expect(() => go((it: unknown) => it, buffer)).toThrow(expect.objectContaining(pinned));
  expect(buffer.byteLength).toBe(65536);
  expect(ch.length).toBe(0);
});

test('many buffers go round many goroutines, and stay what they are', async () => {
  const [work, done] = [chan<{ n: number; data: Uint32Array }>(4), chan<{ n: number; data: Uint32Array }>(4)];
  const [workers, rounds, length] = [4, 100, 12_000];
  const running = Array.from({ length: workers }, () =>
    go(
      async (from: typeof work, to: typeof done) => {
        for await (const { n, data } of from) {
          for (let i = 0; i < data.length; i++) if (data[i] !== n + i) throw new Error(`lost at ${i}`);
          for (let i = 0; i < data.length; i++) data[i]!++;
          await to.send({ n: n + 1, data: move(data) });
        }
      },
      work,
      done,
    ),
  );
  const failed = Promise.all(running);
  const feed = async (): Promise<void> => {
    for (let n = 0; n < rounds; n++) {
      await work.send({ n, data: move(Uint32Array.from({ length }, (_, i) => n + i)) });
    }
    work.close();
  };
  const fed = feed();
  for (let left = rounds; left > 0; left--) {
    const { n, data } = (await done.recv())!;
    for (let i = 0; i < length; i += 997) expect(data[i]).toBe(n + i);
    if (left % 25 === 0) await collectGarbage();
  }
  await Promise.all([fed, failed]);
});

test('memory that nobody has any more is freed: received, dropped on its way, and left', async () => {
  const size = 16 << 20;
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  for (let n = 0; n < 20; n++) {
    await go((it: Uint8Array) => it.length, move(new Uint8Array(size)));
    const ch = await shared<Uint8Array>(1);
    await ch.send(move(new Uint8Array(size))); // never received
  }
  // Those that had them are in other isolates, which collect when they are asked for memory: one that has
  // nothing to do keeps what it has. Of the 40 there were, less than a third may be left.
  let left = Infinity;
  for (let n = 0; n < 500 && left > 12 * size; n++) {
    await collectGarbage();
    await go(() => void new Uint8Array(8 << 20));
    left = held() - before;
  }
  expect(left).toBeLessThanOrEqual(12 * size);
});
