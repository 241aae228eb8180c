import { go } from 'gosched';
import { expect, test } from 'vitest';
import { echoed } from './sent.js';

const bytes = () => Uint8Array.from({ length: 64 }, (_, n) => (n * 37) & 0xff);

const kinds = [
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
] as const;

test.each(kinds.map((kind) => [kind.name, kind] as const))('%s', async (_, Kind) => {
  for (const value of [new Kind(bytes().buffer), new Kind(bytes().buffer, 16, 2), new Kind(0)]) {
    const { inside } = (await echoed(go, { inside: value })) as { inside: unknown };
    for (const got of [await echoed(go, value), inside]) {
      expect(got).toBeInstanceOf(Kind);
      expect(got).toStrictEqual(value);
    }
  }
});

test('ArrayBuffer and DataView', async () => {
  const buffer = bytes().buffer;
  expect(await echoed(go, buffer)).toStrictEqual(buffer);
  const both = [buffer, new ArrayBuffer(0)];
  expect(await echoed(go, both)).toStrictEqual(both);
  const view = new DataView(buffer, 8, 8);
  const got = (await echoed(go, view)) as DataView;
  expect(got).toBeInstanceOf(DataView);
  expect(got.byteLength).toBe(8);
  expect(got.getBigUint64(0)).toBe(view.getBigUint64(0));
});

test.each([
  ['a Buffer', (b: Buffer): unknown => b],
  ['a Buffer inside', (b: Buffer): unknown => ({ b })],
])('%s arrives as a Uint8Array of the same bytes', async (_, wrap) => {
  const got = await echoed(go, wrap(Buffer.from('héllo')));
  const inner = (got instanceof Uint8Array ? got : (got as { b: unknown }).b) as Uint8Array;
  expect(Buffer.isBuffer(inner)).toBe(false);
  expect(inner).toBeInstanceOf(Uint8Array);
  expect(Buffer.from(inner).toString()).toBe('héllo');
});

test('a large buffer', async () => {
  const large = new Uint8Array(8 << 20).map((_, n) => n % 251);
  const got = (await echoed(go, large)) as Uint8Array;
  expect(Buffer.compare(got, large)).toBe(0);
});

test('large ones of many sizes, one after another and several at a time', async () => {
  const made = (n: number): Uint8Array => new Uint8Array((1 << 19) - 40 + n * 7001).fill(n);
  const echo = async (n: number): Promise<void> => {
    const got = (await echoed(go, made(n))) as Uint8Array;
    expect(Buffer.compare(got, made(n))).toBe(0);
  };
  for (let n = 0; n < 40; n += 4) await Promise.all([0, 1, 2, 3].map((more) => echo(n * 17 % 40 + more)));
});

test('the sender keeps its own copy', async () => {
  const value = new Uint8Array([1, 2, 3]);
  expect(await go((it: Uint8Array) => it.fill(9), value)).toEqual(new Uint8Array([9, 9, 9]));
  expect(value).toEqual(new Uint8Array([1, 2, 3]));
});
