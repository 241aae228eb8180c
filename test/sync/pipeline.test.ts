import { chan, go } from 'gosched';
import { pipeline } from 'gosched/sync';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';

const numbers = Array.from({ length: 100 }, (_, n) => n);
const kinds = [1, 2, 8].flatMap((parallelism) =>
  [true, false].flatMap((ordered) =>
    [true, false].map((local) => ({
      parallelism,
      ordered,
      local,
      where: local ? 'in one isolate' : 'across isolates',
    })),
  ),
);

test.each(kinds)('map and filter, $parallelism at a time, ordered $ordered, $where', async (options) => {
  const got = await pipeline(numbers)
    .map((n) => n * 2, options)
    .filter((n) => n % 3 === 0, options)
    .toArray();
  if (!options.ordered) got.sort((a, b) => a - b);
  expect(got).toEqual(numbers.map((n) => n * 2).filter((n) => n % 3 === 0));
});

/** Of two values the first takes until `slow` is closed. */
function slowThenQuick(ordered: boolean) {
  const slow = chan<never>();
  const stages = pipeline(['slow', 'quick'])
    .map(async (name) => (name === 'slow' ? await slow.recv() : 0, name), {
      parallelism: 2,
      ordered,
      local: true,
    });
  return { slow, stream: stages[Symbol.asyncIterator]() };
}

test('unordered, a quick result passes a slow one', async () => {
  const { slow, stream } = slowThenQuick(false);
  expect((await stream.next()).value).toBe('quick');
  slow.close();
  expect((await stream.next()).value).toBe('slow');
  expect((await stream.next()).done).toBe(true);
});

test('ordered, it waits for it', async () => {
  const { slow, stream } = slowThenQuick(true);
  const first = stream.next();
  expect(await isPending(first)).toBe(true);
  slow.close();
  expect((await first).value).toBe('slow');
  expect((await stream.next()).value).toBe('quick');
  expect((await stream.next()).done).toBe(true);
});

test('batches are full, but for the last and the late', async () => {
  expect(await pipeline(numbers).batch(30).map((part) => part.length).toArray()).toEqual([
    30, 30, 30, 10,
  ]);
  const ch = chan<number>();
  const stream = pipeline(ch).batch(10, { maxWait: 5 })[Symbol.asyncIterator]();
  const first = stream.next();
  await ch.send(1);
  await ch.send(2);
  expect((await first).value?.[0]).toBe(1);
  await stream.return?.();
});

test('reduce and forEach', async () => {
  expect(await pipeline(numbers).reduce((sum, n) => sum + n, 0)).toBe(4950);
  const seen: number[] = [];
  await pipeline(numbers).forEach((n) => seen.push(n));
  expect(seen).toEqual(numbers);
});

test.each(kinds)('the first error ends it and releases the source, ordered $ordered, $where', async (options) => {
  let released = false;
  const source = (function* () {
    try {
      yield* numbers;
    } finally {
      released = true;
    }
  })();
  const failing = pipeline(source).map((n) => {
    if (n === 10) throw new RangeError('ten');
    return n;
  }, options);
  await expect(failing.toArray()).rejects.toThrow(new RangeError('ten'));
  expect(released).toBe(true);
});

test('the error of a source reaches the reader through all stages', async () => {
  const error = new Error('torn');
  const source = (async function* () {
    yield 1;
    throw error;
  })();
  const all = pipeline(source)
    .map((n) => n, { local: true })
    .filter(() => true, { local: true })
    .batch(1)
    .toArray();
  await expect(all).rejects.toBe(error);
});

test('a slow reader stops the source', async () => {
  let given = 0;
  const endless = (function* () {
    for (;;) yield given++;
  })();
  const stream = pipeline(endless).map((n) => n, { parallelism: 4, local: true });
  for await (const n of stream) {
    if (n === 0) for (let turn = 0; turn < 20; turn++) await go.local(() => 0);
    expect(given).toBeLessThanOrEqual(n + 8);
    if (n === 50) break;
  }
});

test('it can be left while the source gives nothing, and takes nothing afterwards', async () => {
  const ch = chan<number>();
  const stages = pipeline(ch)
    .map((n) => n, { parallelism: 2 })
    .filter(() => true, { local: true })
    .batch(2);
  const stream = stages[Symbol.asyncIterator]();
  const next = stream.next();
  expect(await isPending(next)).toBe(true);
  await stream.return?.();
  expect(await next).toEqual({ value: undefined, done: true });
  expect(ch.trySend(1)).toBe(false);
});

test('leaving waits for what is under way: nothing is left behind', async () => {
  const end = chan<never>();
  let running = 0;
  const stages = pipeline(numbers)
    .map(
      async (n) => {
        running++;
        if (n > 0) await end.recv();
        running--;
        return n;
      },
      { parallelism: 4, local: true },
    );
  const stream = stages[Symbol.asyncIterator]();
  expect((await stream.next()).value).toBe(0);
  const left = stream.return!();
  expect(await isPending(left)).toBe(true);
  end.close();
  await left;
  expect(running).toBe(0);
});

test.each([
  ['ERR_INVALID_ARG_TYPE', () => pipeline(1 as never)],
  ['ERR_INVALID_ARG_TYPE', () => pipeline([]).map(1 as never)],
  ['ERR_INVALID_ARG_TYPE', () => pipeline([]).batch('1' as never)],
  ['ERR_OUT_OF_RANGE', () => pipeline([]).batch(0)],
  ['ERR_OUT_OF_RANGE', () => pipeline([]).batch(1, { maxWait: NaN })],
  ['ERR_OUT_OF_RANGE', () => pipeline([]).map((n) => n, { parallelism: 0 })],
  ['ERR_OUT_OF_RANGE', () => pipeline([]).filter((n) => n, { parallelism: 1.5 })],
])('%s for %s', (code, call) => {
  expect(call).toThrow(expect.objectContaining({ code }));
});
