import { go } from 'gosched';
import { expect, test } from 'vitest';
import { difference } from './same-graph.js';
import { echoed } from './sent.js';

interface Cyclic {
  self?: unknown;
  [key: string]: unknown;
}

test('an object that contains itself', async () => {
  const value: Cyclic = { name: 'ring' };
  value.self = value;
  const got = (await echoed(go, value)) as Cyclic;
  expect(got['name']).toBe('ring');
  expect(got.self).toBe(got);
  expect(got).not.toBe(value);
});

test('cycles through arrays, maps and sets', async () => {
  const list: unknown[] = [];
  const map = new Map<unknown, unknown>([['list', list]]);
  map.set(map, 'key');
  list.push(new Set<unknown>([map, list]));
  const got = (await echoed(go, list)) as unknown[];
  const [gotMap, gotList] = [...(got[0] as Set<unknown>)] as [Map<unknown, unknown>, unknown];
  expect(gotList).toBe(got);
  expect(gotMap.get('list')).toBe(got);
  expect(gotMap.get(gotMap)).toBe('key');
});

test('what is shared inside a value stays shared', async () => {
  const part = { n: 1 };
  const bytes = new Uint8Array(4);
  const got = (await echoed(go, [part, { part }, bytes, [bytes]])) as [
    object,
    { part: object },
    Uint8Array,
    Uint8Array[],
  ];
  expect(got[1].part).toBe(got[0]);
  expect(got[3][0]).toBe(got[2]);
});

test('two views of one buffer still have one buffer', async () => {
  const buffer = new ArrayBuffer(8);
  const [words, bytes] = (await echoed(go, [new Uint32Array(buffer), new Uint8Array(buffer)])) as [
    Uint32Array,
    Uint8Array,
  ];
  bytes[0] = 7;
  expect(words.buffer).toBe(bytes.buffer);
});

test('cycles and sharing survive beside errors and channels', async () => {
  const { chan } = await import('gosched');
  const ch = chan<number>();
  const part = { n: 1 };
  const value: Cyclic = { ch, again: ch, part, twice: part, error: new Error('e') };
  value.self = value;
  const got = (await echoed(go, value)) as Cyclic;
  expect(got.self).toBe(got);
  expect(got['ch']).toBe(ch);
  expect(got['again']).toBe(ch);
  expect(got['twice']).toBe(got['part']);
});

test('an error that is its own cause', async () => {
  const error: Error & { self?: unknown } = new Error('loop');
  error.cause = error;
  error.self = [error];
  const got = (await echoed(go, error)) as typeof error & { self: unknown[] };
  expect(got.cause).toBe(got);
  expect(got.self[0]).toBe(got);
});

const records = (count: number): { n: number; at: Date; more: object[] }[] =>
  Array.from({ length: count }, (_, n) => ({ n, at: new Date(n), more: [{ n: -0 }] }));

test.each([10, 30, 100, 400, 2000])('%i records, and one of them once more', async (count) => {
  const value = records(count);
  expect(difference(await echoed(go, value), value)).toBe(undefined);
  value[0]!.more.push(value.at(-1)!);
  expect(difference(await echoed(go, value), value)).toBe(undefined);
  value.push(value[0]!);
  expect(difference(await echoed(go, value), value)).toBe(undefined);
});
