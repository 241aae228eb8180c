import { after, chan, go, select, trySelect, type Chan, type NumericChan } from 'gosched';
import { expect, expectTypeOf, test } from 'vitest';
import { everywhere, places } from '../chan/where.js';
import { isPending } from '../pending.js';

type Floats = NumericChan<Float64Array>;
const ROUNDS = 2000;
/** Ten standard deviations of a fair coin tossed 2,000 times. */
const TEN_SIGMA = 224;

test.each(everywhere)('receives and sends among channels of values, capacity $capacity $place', async ({
  start,
  capacity,
}) => {
  const [numbers, texts, back] = [chan.float64(capacity), chan<string>(capacity), chan.int32(capacity)];
  const other = start(
    async (from: Floats, words: Chan<string>, to: NumericChan<Int32Array>, count: number) => {
      let sum = 0;
      for (let left = 2 * count; left > 0; left--) {
        const got = await select({ from, words });
        sum += got.key === 'from' ? got.value! : got.value!.length;
      }
      for (let n = 0; n < count; n++) await select({ put: to.sending(n), off: null });
      return sum;
    },
    numbers,
    texts,
    back,
    ROUNDS,
  );
  let [sent, said] = [0, 0];
  while (sent + said < 2 * ROUNDS) {
    const got = await select({
      number: sent < ROUNDS ? numbers.sending(sent + 0.5) : null,
      text: said < ROUNDS ? texts.sending('abc') : null,
    });
    if (got.key === 'number') sent++;
    else said++;
  }
  for (let n = 0; n < ROUNDS; n++) {
    expect(await select({ back, off: null })).toEqual({ key: 'back', value: n, ok: true });
  }
  expect(await other).toBe((ROUNDS * ROUNDS) / 2 + 3 * ROUNDS);
});

test.each(places)('blocks meet parked selects, number by number, $place', async ({ start }) => {
  const [numbers, quit] = [chan.float64(0), chan<never>()];
  const takers = Array.from({ length: 3 }, () =>
    start(
      async (from: Floats, end: Chan<never>) => {
        let [sum, count] = [0, 0];
        for (;;) {
          const got = await select({ from, end });
          if (got.key === 'end') return [sum, count];
          sum += got.value!;
          count++;
        }
      },
      numbers,
      quit,
    ),
  );
  for (let n = 0; n < 100; n++) await numbers.sendMany(Float64Array.from({ length: 7 }, (_, i) => i));
  quit.close();
  const all = (await Promise.all(takers)) as number[][];
  expect(all.reduce((sum, [part]) => sum + part!, 0)).toBe(2100);
  expect(all.reduce((sum, [, count]) => sum + count!, 0)).toBe(700);
});

test('of a channel of numbers and one of values, both ready, each is chosen half the time', async () => {
  const count: Record<string, number> = { numbers: 0, values: 0 };
  const [numbers, values] = [chan.uint8(ROUNDS), chan<number>(ROUNDS)];
  while (numbers.trySend(1) && values.trySend(1));
  for (let n = 0; n < ROUNDS; n++) count[(await select({ numbers, values })).key]!++;
  expect(Math.abs(count['numbers']! - ROUNDS / 2)).toBeLessThan(TEN_SIGMA);
});

async function neither(rounds: Chan<[Floats, Chan<number>]>): Promise<number> {
  let count = 0;
  for await (const [c1, c2] of rounds) if (trySelect({ c1, c2 }) === undefined) count++;
  return count;
}

test.each(places)('one is filled before the other is drained: no default, $place', async ({ start }) => {
  const rounds = chan<[Floats, Chan<number>]>();
  const counted = start(neither, rounds);
  for (let round = 0; round < ROUNDS; round++) {
    const [c1, c2] = [chan.float64(1), chan<number>(1)];
    const [first, second] = round % 2 === 0 ? [c1, c2] : [c2, c1];
    first.trySend(1);
    await rounds.send([c1, c2]);
    second.trySend(1);
    first.tryRecv();
  }
  rounds.close();
  expect(await counted).toBe(0);
});

test.each(places)('a parked select completes one case, and leaves the others, $place', async ({ start }) => {
  const [a, b] = [chan.float64(0), chan<string>(0)];
  for (let n = 0; n < 200; n++) {
    const selected = select({ a, b, put: a.sending(1) });
    expect(await isPending(selected, 1)).toBe(true);
    await start(async (to: Chan<string>) => to.send('b'), b);
    expect(await selected).toEqual({ key: 'b', value: 'b', ok: true });
    expect([a.tryRecv(), a.trySend(1)]).toEqual([undefined, false]);
  }
});

test('a channel that is closed: received from at once, a panic to send', async () => {
  const [numbers, never] = [chan.int16(1), chan<number>()];
  await numbers.send(5);
  const waiting = select({ put: numbers.sending(6), never });
  numbers.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_SEND_ON_CLOSED' });
  expect(await select({ numbers, never })).toEqual({ key: 'numbers', value: 5, ok: true });
  expect(await select({ numbers, never })).toEqual({ key: 'numbers', value: undefined, ok: false });
  expect(trySelect({ numbers })).toEqual({ key: 'numbers', value: undefined, ok: false });
  await expect(select({ put: numbers.sending(1) })).rejects.toThrow('send on closed channel');
  expect(() => trySelect({ put: numbers.sending(1) })).toThrow('send on closed channel');
});

test('values beside numbers stay references in one isolate, also those not chosen', async () => {
  const [numbers, values] = [chan.uint32(1), chan<object>(1)];
  const value = { fn: () => 1 };
  expect(await select({ put: values.sending(value), numbers })).toEqual({ key: 'put' });
  expect((await select({ numbers, values })).value).toBe(value);
  const full = select({ a: numbers.sending(1), b: values.sending(value) });
  expect(['a', 'b']).toContain((await full).key);
  expect(trySelect({ never: null, numbers: chan.uint8(0) })).toBeUndefined();
});

test('a timer among the cases fires, and holds the process meanwhile', async () => {
  const numbers = chan.float32(0);
  expect((await select({ numbers, late: after(1) })).key).toBe('late');
});

test('a select of an isolate that ends leaves its queues', async () => {
  const numbers = chan.float64(0);
  const dying = go(async (from: Floats) => {
    const parked = select({ from, off: null });
    setImmediate(() => process.exit(0));
    return (await parked).value;
  }, numbers);
  await expect(dying).rejects.toMatchObject({ code: 'ERR_ISOLATE_DIED' });
  const received = numbers.recv();
  await numbers.send(3);
  expect(await received).toBe(3);
});

test('types: what is received is a number', () => {
  const typed = async (numbers: Floats, values: Chan<string>): Promise<void> => {
    const got = await select({ numbers, values, put: numbers.sending(1) });
    if (got.key === 'numbers' && got.ok) expectTypeOf(got.value).toEqualTypeOf<number>();
    if (got.key === 'values' && got.ok) expectTypeOf(got.value).toEqualTypeOf<string>();
    if (got.key === 'put') expectTypeOf(got).toEqualTypeOf<{ readonly key: 'put' }>();
  };
  expect(typed).toBeTypeOf('function');
});
