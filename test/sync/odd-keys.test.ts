import { chan, go, SharedMap, singleflight } from 'gosched';
import { expect, test } from 'vitest';

type Key = string | number | bigint | boolean;

const keys: readonly Key[] = [
  '', '\0', '\ud800', '__proto__', 'constructor', 'é', 'e\u0301', '0', '1', '-1', 'true', 'NaN', 'x'.repeat(100_000),
  0, 1, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, Number.MIN_VALUE, 0n, 1n, -1n, 2n ** 200n, true, false,
];

test('keys of a shared map are told apart by type and by content, everywhere', async () => {
  const map = new SharedMap<Key, number>();
  keys.forEach((key, n) => map.set(key, n));
  expect(keys.map((key) => map.get(key))).toEqual([...keys.keys()]);
  expect(map.size).toBe(keys.length);
  expect(new Set(map.keys())).toEqual(new Set(keys));
  expect(map.get(-0)).toBe(map.get(0));
  const there = await go(
    (it: SharedMap<Key, number>, all: readonly Key[]) => [...all.map((key) => it.get(key)), it.size],
    map,
    keys,
  );
  expect(there).toEqual([...keys.keys(), keys.length]);
  for (const key of keys) expect(map.delete(key)).toBe(true);
  expect(map.size).toBe(0);
});

test('a loop over a shared map that changes it ends', () => {
  const map = new SharedMap<Key, number>();
  for (let n = 0; n < 1000; n++) map.set(n, n);
  for (const [key] of map) {
    map.delete(key);
    map.set(`new ${String(key)}`, 1);
  }
  expect(map.size).toBe(1000);
  expect(map.keys().every((key) => typeof key === 'string')).toBe(true);
});

test('keys of singleflight are compared as those of a Map', async () => {
  const group = new singleflight.Group<unknown, number>();
  const gate = chan<never>();
  let calls = 0;
  const call = async (): Promise<number> => {
    await gate.recv();
    return ++calls;
  };
  const key = {};
  const all = [key, key, {}, NaN, NaN, undefined, undefined, null, 0, -0, '0'].map((one) => group.do(one, call));
  gate.close();
  expect((await Promise.all(all)).map(({ shared }) => shared)).toEqual([
    true, true, false, true, true, true, true, false, true, true, false,
  ]);
  expect(calls).toBe(7);
});

test('the end of a call that was forgotten does not forget the one after it', async () => {
  const group = new singleflight.Group<string, number>();
  const [first, second] = [chan<never>(), chan<never>()];
  const one = group.do('k', () => first.recv().then(() => 1));
  group.forget('k');
  const two = group.do('k', () => second.recv().then(() => 2));
  first.close();
  expect((await one).value).toBe(1);
  const three = group.do('k', () => 3);
  second.close();
  expect([(await two).value, (await three).value]).toEqual([2, 2]);
});
