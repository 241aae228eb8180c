/** What is sent. Both sides of a comparison make and check the same values. */

export type PayloadName = 'numbers' | 'objects' | 'strings';

interface Payload {
  /** The i-th value. */
  make(i: number): unknown;
  /** What the i-th value adds to the sum by which a receiver proves that it got them all. */
  weigh(value: unknown): number;
}

/** Four fields of four kinds, a new object each time as a program would make it. */
export interface Item {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly isNew: boolean;
}

/** One byte a character, as most text is. */
const KILOBYTE = 'gosched '.repeat(128);

export const payloads: Readonly<Record<PayloadName, Payload>> = {
  numbers: { make: (i) => i, weigh: (value) => value as number },
  objects: {
    make: (i): Item => ({ id: i, name: 'an item', price: i / 2, isNew: true }),
    weigh: (value) => (value as Item).id,
  },
  strings: { make: () => KILOBYTE, weigh: (value) => (value as string).length },
};

/** Throws unless `sum` is what `count` values weigh together. */
export function checkSum(name: PayloadName, count: number, sum: number): void {
  const expected = name === 'strings' ? count * KILOBYTE.length : (count * (count - 1)) / 2;
  if (sum !== expected) throw new Error(`${name}: the sum is ${sum} instead of ${expected}`);
}
