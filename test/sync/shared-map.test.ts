import { Mutex, SharedMap, chan, type SharedMapKey } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { seeded } from '../seed.js';

/** What an operation on both maps gave: the shared one first. */
type Both = readonly [unknown, unknown];
type Operation = (map: Numbers, model: Model, key: SharedMapKey, n: number) => Both;
type Numbers = SharedMap<SharedMapKey, number>;
type Model = Map<SharedMapKey, number>;

/** Does to the model what `map` was told to, and gives what was there before. */
function put(model: Model, key: SharedMapKey, value: number | undefined): number | undefined {
  const old = model.get(key);
  if (value === undefined) model.delete(key);
  else model.set(key, value);
  return old;
}

const step = (value = 0): number | undefined => (value > 2 ? undefined : value + 1);

const operations: readonly Operation[] = [
  (map, model, key, n) => [map.set(key, n) === map, put(model, key, n) !== null],
  (map, model, key, n) => {
    const old = model.get(key);
    if (old === undefined) model.set(key, n);
    return [map.getOrSet(key, n), old ?? n];
  },
  (map, model, key) => [map.getAndDelete(key), put(model, key, undefined)],
  (map, model, key) => [map.delete(key), model.delete(key)],
  (map, model, key, n) => [map.swap(key, n), put(model, key, n)],
  (map, model, key, n) => {
    const same = model.get(key) === n;
    if (same) model.set(key, 9);
    return [map.compareAndSwap(key, n, 9), same];
  },
  (map, model, key, n) => {
    const same = model.get(key) === n;
    if (same) model.delete(key);
    return [map.compareAndDelete(key, n), same];
  },
  (map, model, key) => {
    const value = step(model.get(key));
    put(model, key, value);
    return [map.update(key, step), value];
  },
  (map, model, key) => [map.get(key), model.get(key)],
  (map, model, key) => [map.has(key), model.has(key)],
  (map, model) => {
    if (model.size > 9) {
      map.clear();
      model.clear();
    }
    return [map.size, model.size];
  },
];

test('SYN-053 random operations do what a Map does', () => {
  const random = seeded();
  const keys: readonly SharedMapKey[] = [
    'a', 'ä', '\u{1f600}', '1', 1, 1n, 0, NaN, true, false, -5.5, 2n ** 70n,
  ];
  const [map, model]: [Numbers, Model] = [new SharedMap(), new Map()];
  for (let n = 0; n < 5000; n++) {
    const operation = operations[random.int(operations.length)]!;
    const [got, expected] = operation(map, model, keys[random.int(keys.length)]!, random.int(4));
    expect([got, map.size]).toEqual([expected, model.size]);
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

test('update whose function changes the entry itself is a panic, not a loop without end', () => {
  const map = new SharedMap<string, number>();
  map.set('k', 1);
  const changes: ((it: typeof map) => unknown)[] = [
    (it) => it.set('k', 2),
    (it) => it.swap('k', 2),
    (it) => it.getOrSet('k', 2),
    (it) => it.delete('k'),
    (it) => it.getAndDelete('k'),
    (it) => it.update('k', () => 2),
    (it) => it.compareAndSwap('k', 1, 2),
    (it) => it.compareAndDelete('k', 1),
    (it) => it.clear(),
  ];
  for (const change of changes) {
    const call = () => map.update('k', (n = 0) => { change(map); return n + 1; });
    expect(call).toThrow(expect.objectContaining({ name: 'GoPanic', code: 'ERR_MAP_UPDATE' }));
    expect(map.get('k')).toBe(1);
  }
  // Other entries, and reading this one, are no matter.
  map.update('k', () => map.set('other', 5).get('k')! + map.update('other', (n = 0) => n + 1)!);
  expect([map.get('k'), map.get('other')]).toEqual([7, 6]);
});
