import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { everywhere, places } from './where.js';

const kinds: readonly (readonly [string, (n: number) => unknown])[] = [
  ['a byte', (n) => n % 256],
  ['a number', (n) => n + 0.5],
  ['a bigint', (n) => BigInt(n) << 70n],
  ['a text', (n) => `é${n}`],
  ['an empty object', () => ({})],
  ['an object of four fields', (n) => ({ a: n, b: n, c: n, d: n })],
  ['an object of five fields', (n) => ({ a: n, b: n, c: n, d: n, e: [n] })],
  ['nothing', () => undefined],
];

test.each(places.flatMap((at) => kinds.map(([kind, make]) => ({ kind, make, ...at }))))(
  'CH-053 CH-056 a channel of 8 works alike whatever it carries: $kind $place',
  async ({ start, make }) => {
    const ch = chan<unknown>(8);
    expect([ch.length, ch.capacity]).toEqual([0, 8]);
    const values = Array.from({ length: 8 }, (_, n) => make(n));
    await start(async (to: Chan<unknown>, all: unknown[]) => {
      for (const value of all) await to.send(value);
    }, ch, values);
    expect(ch.length).toBe(8);
    expect(ch.trySend(make(8))).toBe(false);
    for (const value of values) expect(await ch.next()).toEqual({ value, done: false });
    expect(ch.tryRecv()).toBe(undefined);
  },
);

test.each(everywhere)(
  'CH-054 elements without content are counted and wait like others, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<undefined>(capacity);
    for (let n = 0; n < capacity; n++) expect(ch.trySend(undefined)).toBe(true);
    expect([ch.length, ch.trySend(undefined)]).toEqual([capacity, false]);
    const sender = start((to: Chan<undefined>) => to.send(undefined), ch);
    expect(await isPending(sender)).toBe(true);
    for (let n = 0; n <= capacity; n++) {
      expect(await ch.next()).toEqual({ value: undefined, done: false });
    }
    await sender;
    ch.close();
    expect(await ch.next()).toEqual({ value: undefined, done: true });
  },
);

test.each(everywhere)(
  'CH-055 a value of a megabyte arrives whole, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<{ text: string; bytes: Uint8Array }>(capacity);
    const sender = start(async (to: typeof ch) => {
      await to.send({ text: 'x'.repeat(2 ** 20), bytes: new Uint8Array(2 ** 20).fill(7) });
    }, ch);
    const got = (await ch.recv())!;
    expect(got.text === 'x'.repeat(2 ** 20)).toBe(true);
    expect([got.bytes.length, got.bytes.every((byte) => byte === 7)]).toEqual([2 ** 20, true]);
    await sender;
  },
);

test.each(places)('CH-052 one object twice, then another, $place', async ({ start }) => {
  const ch = chan<{ id: string }>(1);
  const results = await start(async (it: typeof ch) => {
    const { trySelect } = await import('gosched');
    const [same, fresh] = [{ id: 'same' }, { id: 'fresh' }];
    await it.send(same);
    return [
      trySelect({ put: it.sending(same) }) === undefined,
      trySelect({ put: it.sending(fresh) }) === undefined,
      it.trySend(same),
    ];
  }, ch);
  expect(results).toEqual([true, true, false]);
  expect(ch.tryRecv()).toEqual({ value: { id: 'same' }, done: false });
  expect(ch.tryRecv()).toBe(undefined);
});
