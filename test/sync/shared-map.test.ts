import { Mutex, SharedMap, chan, type SharedMapKey } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { seeded } from '../seed.js';

test('SYN-053 random operations do what a Map does', () => {
  const random = seeded();
  const keys: readonly SharedMapKey[] = ['a', 'ä', '\u{1f600}', '1', 1, 1n, 0, NaN, true, false, -5.5, 2n ** 70n];
  const [map, model] = [new SharedMap<SharedMapKey, number>(), new Map<SharedMapKey, number>()];
  for (let n = 0; n < 5000; n++) {
    const key = keys[random.int(keys.length)]!;
    const old = model.get(key);
    const other = random.int(4);
    switch (random.int(10)) {
      case 0:
        map.set(key, n % 4);
        model.set(key, n % 4);
        break;
      case 1:
        expect(map.getOrSet(key, n % 4)).toBe(old ?? n % 4);
        if (old === undefined) model.set(key, n % 4);
        break;
      case 2:
        expect(map.getAndDelete(key)).toBe(old);
        model.delete(key);
        break;
      case 3:
        expect(map.delete(key)).toBe(model.delete(key));
        break;
      case 4:
        expect(map.swap(key, n % 4)).toBe(old);
        model.set(key, n % 4);
        break;
      case 5:
        expect(map.compareAndSwap(key, other, 9)).toBe(old === other);
        if (old === other) model.set(key, 9);
        break;
      case 6:
        expect(map.compareAndDelete(key, other)).toBe(old === other);
        if (old === other) model.delete(key);
        break;
      case 7:
        expect(map.update(key, (value = 0) => (value > 2 ? undefined : value + 1))).toBe(
          (old ?? 0) > 2 ? undefined : (old ?? 0) + 1,
        );
        if ((old ?? 0) > 2) model.delete(key);
        else model.set(key, (old ?? 0) + 1);
        break;
      case 8:
        if (random.int(20) > 0) break;
        map.clear();
        model.clear();
        break;
      default:
        expect(map.get(key)).toBe(old);
        expect(map.has(key)).toBe(model.has(key));
    }
    expect(map.size).toBe(model.size);
  }
  expect(new Map(map)).toEqual(model);
});

test('0 is -0, and a number is no text', () => {
  const map = new SharedMap<SharedMapKey, string>();
  map.set(-0, 'zero').set('0', 'text').set(0n, 'bigint').set(false, 'boolean');
  expect(map.get(0)).toBe('zero');
  expect(map.size).toBe(4);
});

test.each(places)('values are copies, and handles stay shared, $place', async ({ start }) => {
  const map = new SharedMap<string, { deep: { list: number[] }; mutex: Mutex }>();
  const value = { deep: { list: [1] }, mutex: new Mutex() };
  await start((it: typeof map, entry: typeof value) => void it.set('it', entry), map, value);
  value.deep.list.push(2);
  const got = map.get('it')!;
  expect(got.deep).toEqual({ list: [1] });
  expect(got.mutex).toBe(value.mutex);
});

test.each(places)('updates from many goroutines are atomic, $place', async ({ start }) => {
  const map = new SharedMap<number, number>();
  const count = (it: SharedMap<number, number>): void => {
    for (let n = 0; n < 1000; n++) it.update(n % 3, (value = 0) => value + 1);
  };
  await Promise.all(Array.from({ length: 4 }, () => start(count, map)));
  expect(map.values().reduce((a, b) => a + b)).toBe(4000);
});

test.each(places)('getOrSet gives one value to all, $place', async ({ start }) => {
  const map = new SharedMap<string, number>();
  const ask = (it: SharedMap<string, number>, mine: number): number => it.getOrSet('one', mine);
  const got = await Promise.all(Array.from({ length: 10 }, (_, n) => start(ask, map, n)));
  expect(new Set(got).size).toBe(1);
});

test('SYN-055 deleted entries keep nothing', async () => {
  const { native } = (await import(
    new URL('../../dist/internal/native.js', import.meta.url).href
  )) as { native: { handleCount(): void } };
  const { words } = (await import(
    new URL('../../dist/internal/page.js', import.meta.url).href
  )) as { words: Int32Array };
  const handles = (): number => {
    native.handleCount();
    return words[8]!;
  };
  const map = new SharedMap<number, unknown>();
  const before = handles();
  for (let n = 0; n < 20_000; n++) {
    map.set(n, n);
    map.delete(n);
  }
  expect([map.size, map.entries(), handles()]).toEqual([0, [], before]);
});

test('SYN-056 iterating inside an iteration that stores and deletes', () => {
  const map = new SharedMap<number, number>();
  for (let n = 0; n < 50; n++) map.set(n, n);
  for (const [outer] of map) {
    for (const [inner, value] of map) {
      expect(value).toBe(inner);
      if (inner === outer) map.set(inner, inner);
    }
    map.delete(outer);
  }
  expect(map.size).toBe(0);
});

test('SYN-057 comparing with what is not there is false', () => {
  const map = new SharedMap<string, undefined | number>();
  expect(map.compareAndSwap('x', undefined, 42)).toBe(false);
  expect(map.has('x')).toBe(false);
  map.set('x', undefined);
  expect(map.has('x')).toBe(true);
  expect(map.compareAndSwap('x', undefined, 42)).toBe(true);
});

test('more entries than the page holds', () => {
  const map = new SharedMap<string, string>();
  for (let n = 0; n < 10_000; n++) map.set(`key ${n}`, `value ${n}`);
  const entries = new Map(map.entries());
  expect(entries.size).toBe(10_000);
  expect(entries.get('key 9999')).toBe('value 9999');
});

test('an update that throws, in an update, leaves both entries and the map usable', () => {
  const map = new SharedMap<string, number>();
  map.set('a', 1).set('b', 2);
  const inner = (): number => {
    map.update('b', () => {
      throw new Error('inner');
    });
    return 9;
  };
  expect(() => map.update('a', inner)).toThrow('inner');
  expect(() => map.update('a', (() => Promise.resolve(1)) as never)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
  );
  expect(() => map.update('a', (() => chan) as never)).toThrow(
    expect.objectContaining({ code: 'ERR_DATA_CLONE' }),
  );
  expect(map.update('a', (a = 0) => a + map.update('b', (b = 0) => b * 10)!)).toBe(21);
  expect([map.get('a'), map.get('b')]).toEqual([21, 20]);
});
