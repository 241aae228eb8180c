/** What is sent. Both sides of a comparison make and check the same values. */

import { kinds, type KindName } from '../values/kinds.js';

export type PayloadName = 'numbers' | 'objects' | 'strings' | 'blocks' | KindName;

export interface Payload {
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

/** 64 KB of numbers. */
export const BLOCK_LENGTH = 8192;
export const BLOCK_BYTES = BLOCK_LENGTH * Float64Array.BYTES_PER_ELEMENT;

const block = Float64Array.from({ length: BLOCK_LENGTH }, (_, i) => i);

export const payloads: Readonly<Record<PayloadName, Payload>> = {
  ...kinds,
  numbers: { make: (i) => i, weigh: (value) => value as number },
  objects: {
    make: (i): Item => ({ id: i, name: 'an item', price: i / 2, isNew: true }),
    weigh: (value) => (value as Item).id,
  },
  strings: { make: () => KILOBYTE, weigh: (value) => (value as string).length },
  // Only the first is its own: a sum of all would cost more than the copy.
  blocks: {
    make(i) {
      block[0] = i;
      return block;
    },
    weigh: (value) => (value as Float64Array)[0]! + (value as Float64Array).at(-1)!,
  },
};

/** Throws unless `sum` is what `count` values weigh together. */
export function checkSum(name: PayloadName, count: number, sum: number): void {
  const expected = expectedSum(name, count);
  if (sum !== expected) throw new Error(`${name}: the sum is ${sum} instead of ${expected}`);
}

/** Most weigh their number; see their `weigh`. */
function expectedSum(name: PayloadName, count: number): number {
  const below = (count * (count - 1)) / 2;
  if (name === 'strings') return count * KILOBYTE.length;
  return name === 'blocks' ? below + count * (BLOCK_LENGTH - 1) : below;
}

/** Copies so many blocks in one thread; gives GB/s. */
export function memcpy(count: number): number {
  const into = new Float64Array(BLOCK_LENGTH);
  const copy = (blocks: number): number => {
    const start = performance.now();
    let sum = 0;
    for (let i = 0; i < blocks; i++) {
      into.set(payloads.blocks.make(i) as Float64Array);
      sum += payloads.blocks.weigh(into);
    }
    checkSum('blocks', blocks, sum);
    return performance.now() - start;
  };
  copy(count / 10);
  return (count * BLOCK_BYTES) / copy(count) / 1e6;
}
