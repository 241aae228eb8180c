import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere, type Start } from './where.js';

/** A coefficient: in one kind of test a number, in the other an object. */
type Ratio = { readonly n: bigint; readonly d: bigint };
type Coefficient = number | Ratio;
type Series = Chan<Coefficient>;

/** Sends 1/0!, 1/1!, 1/2!, … until the channel is closed. */
async function exponential(out: Series, asObjects: boolean, count: number): Promise<void> {
  for (let n = 0, factorial = 1n; n < count; n++, factorial *= BigInt(n)) {
    await out.send(asObjects ? { n: 1n, d: factorial } : 1 / Number(factorial));
  }
  out.close();
}

/** Passes a series on to two. */
async function split(from: Series, one: Series, other: Series): Promise<void> {
  for await (const coefficient of from) {
    await one.send(coefficient);
    await other.send(coefficient);
  }
  one.close();
  other.close();
}

/** Multiplies two series. */
async function multiply(f: Series, g: Series, out: Series): Promise<void> {
  const product = (a: Coefficient, b: Coefficient): Coefficient =>
    typeof a === 'number'
      ? a * (b as number)
      : { n: a.n * (b as Ratio).n, d: a.d * (b as Ratio).d };
  const sum = (a: Coefficient, b: Coefficient): Coefficient => {
    if (typeof a === 'number') return a + (b as number);
    const { n, d } = b as Ratio;
    return { n: a.n * d + n * a.d, d: a.d * d };
  };
  const [fs, gs]: Coefficient[][] = [[], []];
  for await (const coefficient of f) {
    fs!.push(coefficient);
    gs!.push((await g.recv())!);
    const last = fs!.length - 1;
    await out.send(fs!.map((a, n) => product(a, gs![last - n]!)).reduce(sum));
  }
  out.close();
}

/** exp(x) · exp(x) as a network of goroutines, one for each operation. */
async function squareOfExponential(start: Start, capacity: number, asObjects: boolean) {
  const [exp, one, other, square] = [0, 1, 2, 3].map(() => chan<Coefficient>(capacity)) as [
    Series, Series, Series, Series,
  ];
  const network = [
    start(exponential, exp, asObjects, 12),
    start(split, exp, one, other),
    start(multiply, one, other, square),
  ];
  const coefficients: number[] = [];
  for await (const c of square) {
    coefficients.push(typeof c === 'number' ? c : Number(c.n * 10n ** 18n / c.d) / 1e18);
  }
  await Promise.all(network);
  return coefficients;
}

test.each(everywhere)(
  'CH-070 a network of power series, of numbers and of objects, capacity $capacity $place',
  async ({ start, capacity }) => {
    const numbers = await squareOfExponential(start, capacity, false);
    const objects = await squareOfExponential(start, capacity, true);
    let expected = 1; // 2ⁿ/n!
    for (let n = 0; n < 12; expected *= 2 / ++n) {
      expect(numbers[n]).toBeCloseTo(expected, 12);
      expect(objects[n]).toBeCloseTo(expected, 12);
    }
    expect([numbers.length, objects.length]).toEqual([12, 12]);
  },
);
