import { chan, go, select, SharedMap, type Chan } from 'gosched';
import { GOMAXPROCS, gosched } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { collectGarbage } from '../collect-garbage.js';
import { echoed } from './sent.js';

const words = (count = 2) => new Int32Array(new SharedArrayBuffer(count * 4));
const Growable = SharedArrayBuffer as unknown as new (
  length: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer & { grow(length: number): void };

test('an argument is the same memory there, and the result is the same object here', async () => {
  const it = words();
  const buffer = await go((view: Int32Array) => {
    Atomics.add(view, 1, 5);
    return view.buffer;
  }, it);
  expect(buffer).toBe(it.buffer);
  expect([...it]).toEqual([0, 5]);
});

test('both sides write while both run', async () => {
  const it = words();
  const [mine, count] = [chan<number>(1), 20_000];
  const other = go(
    async (view: Int32Array, ready: Chan<number>, times: number) => {
      await ready.send(1);
      for (let n = 0; n < times; n++) Atomics.add(view, 0, 1);
    },
    it,
    mine,
    count,
  );
  await mine.recv();
  for (let n = 0; n < count; n++) Atomics.add(it, 0, 1);
  await other;
  expect(it[0]).toBe(2 * count);
});

test.each(places)('over a channel, alone and inside, $place', async ({ start }) => {
  const it = words();
  expect(await echoed(start, it.buffer)).toBe(it.buffer);
  const value = {
    list: [it, it],
    map: new Map([[1, new DataView(it.buffer, 4)]]),
    set: new Set([it.buffer]),
    error: new Error('why', { cause: new Uint16Array(it.buffer, 2, 1) }),
  };
  const back = (await echoed(start, value)) as typeof value;
  expect(back.list[0]).toBe(back.list[1]);
  expect(back.list[0]!.buffer).toBe(it.buffer);
  expect(back.map.get(1)).toMatchObject({ byteOffset: 4, byteLength: 4 });
  expect(back.map.get(1)!.buffer).toBe(it.buffer);
  expect([...back.set]).toEqual([it.buffer]);
  expect(back.error.cause).toMatchObject({ byteOffset: 2, length: 1 });
  expect((back.error.cause as Uint16Array).buffer).toBe(it.buffer);
});

type View = new (buffer: SharedArrayBuffer, offset: number, length: number) => Int8Array;

test.each([
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as unknown as View[])('%o arrives as itself', async (Kind) => {
  const it = new Kind(new SharedArrayBuffer(32), 8, 1);
  const back = (await echoed(go, it)) as typeof it;
  expect(back).toBeInstanceOf(Kind);
  expect(back).toMatchObject({ byteOffset: 8, length: 1 });
  expect(back.buffer).toBe(it.buffer);
});

test('captured, in a select, in a map', async () => {
  const it = words();
  await go(() => Atomics.add(it, 0, 1));
  await go(() => Atomics.add(new Int32Array(it.buffer), 0, 1));
  const ch = chan<{ it: Int32Array }>(1);
  await go((to: Chan<{ it: Int32Array }>, view: Int32Array) => select({ put: to.sending({ it: view }) }), ch, it);
  Atomics.add((await ch.recv())!.it, 0, 1);
  const map = new SharedMap<string, Int32Array>();
  map.set('it', it);
  await go((of: typeof map) => Atomics.add(of.get('it')!, 0, 1), map);
  expect(it[0]).toBe(4);
});

test('what can grow grows for everybody, and views of it as they were made', async () => {
  const memory = new Growable(8, { maxByteLength: 64 });
  const [tracking, fixed] = [new Uint8Array(memory), new Uint8Array(memory, 0, 8)];
  const value = { memory, tracking, fixed, tail: new DataView(memory, 4) };
  const lengths = await go((it: typeof value) => {
    it.memory.grow(16);
    return [it.tracking.length, it.fixed.length, it.tail.byteLength];
  }, value);
  expect(lengths).toEqual([16, 8, 12]);
  expect([memory.byteLength, tracking.length, fixed.length]).toEqual([16, 16, 8]);
});

test('a channel that is first given away while it holds shared memory', async () => {
  const ch = chan<Int32Array>(2);
  const it = words();
  await ch.send(it);
  await go(async (from: Chan<Int32Array>) => Atomics.store((await from.recv())!, 0, 9), ch);
  expect(it[0]).toBe(9);
});

test('isolates that start later have it, whoever sent it first', async () => {
  const it = words(64);
  const ch = chan<Int32Array>(64);
  // One isolate posts it; it lies in the channel while others start.
  await go((view: Int32Array) => void view, it);
  for (let n = 0; n < 32; n++) await ch.send(it);
  await go(async (to: Chan<Int32Array>) => {
    const own = new Int32Array(new SharedArrayBuffer(4));
    for (let n = 0; n < 8; n++) await to.send(own);
  }, ch);
  const [before, count] = [GOMAXPROCS(4), 20];
  const running = Array.from({ length: count }, () =>
    go(async (from: Chan<Int32Array>) => {
      const view = (await from.recv())!;
      Atomics.add(view, 0, 1);
      // Holds its isolate up, so that others are started for the rest.
      Atomics.wait(view, 1, 0);
    }, ch),
  );
  while (it[0]! < 4) await gosched(); // so many isolates have it
  Atomics.store(it, 1, 1);
  Atomics.notify(it, 1);
  await Promise.all(running);
  GOMAXPROCS(before);
  expect(it[0]).toBe(count);
});

test('modules and shared memory of WebAssembly', async () => {
  interface Wasm {
    Module: new (bytes: Uint8Array) => object;
    Memory: new (limits: object) => { readonly buffer: SharedArrayBuffer };
  }
  const { Module, Memory } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
  const module = new Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  const memory = new Memory({ initial: 1, maximum: 2, shared: true });
  const back = await go(
    (it: { module: object; memory: { buffer: SharedArrayBuffer } }) => {
      new Uint8Array(it.memory.buffer)[3] = 4;
      return it;
    },
    { module, memory },
  );
  expect(back.module).toBeInstanceOf(Module);
  expect(new Uint8Array(memory.buffer)[3]).toBe(4);
  expect(back.memory).toBeInstanceOf(Memory);
  const plain = new (Memory as new (limits: object) => object)({ initial: 1 });
  expect(() => go((it: unknown) => it, { plain })).toThrow(
    expect.objectContaining({ code: 'ERR_DATA_CLONE', path: 'value.plain' }),
  );
});

test('what nobody has any more is let go of, everywhere', async () => {
  const ch = chan<SharedArrayBuffer>(1);
  const sink = go(async (from: Chan<SharedArrayBuffer>) => {
    let [count, last] = [0, new WeakRef(new SharedArrayBuffer(1))];
    for await (const it of from) {
      count++;
      last = new WeakRef(it);
    }
    void last;
    return count;
  }, ch);
  const [total, each] = [2000, 1 << 20];
  // Two gigabytes: the process would not have room for them all, in each isolate.
  const refs: WeakRef<SharedArrayBuffer>[] = [];
  for (let n = 0; n < total; n++) {
    const it = new SharedArrayBuffer(each);
    if (n % 100 === 0) refs.push(new WeakRef(it));
    await ch.send(it);
    if (n % 200 === 0) await collectGarbage();
  }
  ch.close();
  expect(await sink).toBe(total);
  let alive = refs.length;
  for (let n = 0; n < 100 && alive > 2; n++) {
    await collectGarbage();
    alive = refs.filter((ref) => ref.deref() !== undefined).length;
  }
  expect(alive).toBeLessThanOrEqual(2);
});
