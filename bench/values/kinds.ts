/** Values of all kinds that can be sent. The i-th of each weighs i, so that a sum proves them all. */

import type { Payload } from '../channel/payload.js';

export type KindName =
  | 'bigints'
  | 'dates'
  | 'errors'
  | 'maps'
  | 'nested objects'
  | 'number arrays'
  | 'object arrays'
  | 'short strings'
  | 'two-byte strings'
  | 'typed arrays of 1 KB'
  | 'typed arrays of 64 KB';

const kind = <T>(make: (i: number) => T, weigh: (value: T) => number): Payload => ({
  make,
  weigh: weigh as (value: unknown) => number,
});

const typed = (length: number): Payload => {
  // One for all, as a program would reuse it: what is measured is the way of its bytes.
  const bytes = new Float64Array(length);
  return kind(
    (i) => {
      bytes[0] = i;
      return bytes;
    },
    (value) => value[0]!,
  );
};

interface Nested {
  readonly id: number;
  readonly inner: { readonly tags: readonly string[]; readonly next: { readonly on: boolean } };
}

export const kinds: Readonly<Record<KindName, Payload>> = {
  bigints: kind((i) => BigInt(i), Number),
  dates: kind((i) => new Date(i), (date) => date.getTime()),
  errors: kind(
    (i) => new RangeError(`${i}`),
    (error) => Number(error.message),
  ),
  maps: kind(
    (i) => new Map([['id', i], ['a', 1], ['b', 2], ['c', 3]]),
    (map) => map.get('id')!,
  ),
  'nested objects': kind(
    (id): Nested => ({ id, inner: { tags: ['one', 'two', 'three'], next: { on: true } } }),
    ({ id }) => id,
  ),
  'number arrays': kind(
    (i) => Array.from({ length: 100 }, (_, at) => (at === 0 ? i : at / 2)),
    (numbers) => numbers[0]!,
  ),
  'object arrays': kind(
    (i) => Array.from({ length: 100 }, (_, at) => ({ id: i, at, name: 'an item' })),
    (items) => items[0]!.id,
  ),
  'short strings': kind((i) => `id ${i}`, (text) => Number(text.slice(3))),
  'two-byte strings': kind(
    (i) => `${i} ${'здравствуй, мир '.repeat(16)}`,
    (text) => Number(text.split(' ', 1)[0]),
  ),
  'typed arrays of 1 KB': typed(128),
  'typed arrays of 64 KB': typed(8192),
};
