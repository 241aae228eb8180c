import { go } from 'gosched';
import { expect, test } from 'vitest';
import { echoed } from './sent.js';

const text = 'a'.repeat(1 << 20);

const values: [string, unknown][] = [
  ...[0, -0, 1, -1.5, NaN, Infinity, -Infinity, 2 ** 53, Number.MIN_VALUE].map(
    (n): [string, unknown] => [`number ${Object.is(n, -0) ? '-0' : n}`, n],
  ),
  ['empty string', ''],
  ['Latin-1 string', 'déjà vu ÿ'],
  ['two-byte string', 'шрифт'],
  ['astral string', '😀𝒳'],
  ['lone surrogates', '\ud800x\udfff\udc00\ud800'],
  ['string with NUL', 'a\0b'],
  ['1 MB Latin-1 string', text],
  ['1 MB two-byte string', text.replace(/a/g, 'ж')],
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
  ['bigints', [0n, -1n, 2n ** 64n, -(2n ** 200n)]],
  ['bigint', 2n ** 100n],
  ...[7n, -7n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n)].map(
    (n): [string, unknown] => [`bigint ${n}`, n],
  ),
  ['date', new Date(1234567890123)],
  ['invalid date', new Date(NaN)],
  ['regular expression', /a(b)?[c-e]/giu],
  ['map', new Map<unknown, unknown>([['a', 1], [{ k: 1 }, new Set([1])], [NaN, undefined]])],
  ['set', new Set([1, 'a', null, undefined, { x: 1 }])],
  ['plain object', { a: 1, b: 'two', c: [true, null], d: { e: {} } }],
  ['object with odd keys', { '': 1, '0': 2, 'é 😀': 3, constructor: 4, toJSON: 5 }],
  ['object with undefined', { a: undefined, b: [undefined] }],
  ['object with odd numbers', { a: NaN, b: [-0, Infinity] }],
  ['object with lone surrogates', { '\ud800': '\udfff' }],
  ['empty array', []],
  ['object with few wide letters', { text: `${'a'.repeat(99)}ж\ud800"\\ж😀\n${'é'.repeat(99)}`, жук: 'x'.repeat(99) }],
  ['object with many wide letters', { text: 'ab😀ж'.repeat(99), жук: 1 }],
  ['sparse array', Object.assign(Array.from({ length: 3 }), { 9: 1, length: 12 })],
  ['array of holes', Array(3)],
  ['array with an own field', Object.assign([1, 2], { extra: 'x' })],
  ['array with as many fields as holes', Object.assign(Array(2), { 1: 1, extra: 'x' })],
  ['array of 10,000', Array.from({ length: 10_000 }, (_, n) => n)],
  ['deeply nested', Array.from({ length: 500 }).reduce((inner) => ({ inner }), 1)],
  ['boxed primitives', [new Number(-0), new String('s'), new Boolean(false)]],
  ['nested collections', { m: new Map([[1, new Map([[2, new Set([[3]])]])]]) }],
  ['what JSON has no word for', { a: undefined, b: [7n, -0, new Date(NaN)], c: { d: -Infinity } }],
  ['the same beside an empty name', { '': undefined, b: [7n, -0, new Date(5)], c: { '': 'd' } }],
  ['maps and sets of odd things', new Map<unknown, unknown>([[-0, 8n], [new Date(1), new Set([NaN])]])],
  ['a set of more than a few', new Set(Array.from({ length: 100 }, (_, n) => BigInt(n)))],
  ['the prototypes of others', [Date, Map, Set].map((Kind) => Object.create(Kind.prototype) as object)],
  ['objects of classes of these', [new (class extends Map<number, number> {})([[1, 2]]), new (class Later extends Date {})()]],
  ['dates inside', { at: [new Date(0)], re: { x: /y/ } }],
  ['bytes inside', { bytes: new Uint8Array([1, 2, 3]), floats: [new Float64Array([0.5])] }],
];

test.each(values)('an argument and a result: %s', async (_, value) => {
  expect(await go((x: unknown) => x, value)).toStrictEqual(structuredClone(value));
});

test.each(values)('there and back over channels: %s', async (_, value) => {
  expect(await echoed(go, value)).toStrictEqual(structuredClone(value));
});

test('an object with the key __proto__', async () => {
  const value = JSON.parse('{"__proto__": {"a": 1}, "deep": {"__proto__": 2}}') as object;
  const got = (await go((x: object) => x, value)) as object;
  expect(Object.keys(got)).toEqual(['__proto__', 'deep']);
  expect(Object.getPrototypeOf(got)).toBe(Object.prototype);
});

test.each([
  ['an array', (value: object): object => [value, new Error('beside')]],
  ['an error', (value: object): object => value],
])('%s with a field called __proto__, beside what needs care', async (name, wrap) => {
  const value = name === 'an array' ? [1] : new Error('why');
  const rest = { writable: true, enumerable: true, configurable: true };
  Object.defineProperty(value, '__proto__', { value: { a: 1 }, ...rest });
  const got = (await go((x: object) => x, wrap(value))) as [object];
  const inner = name === 'an array' ? got[0] : got;
  expect(Object.getPrototypeOf(inner)).toBe(Object.getPrototypeOf(value) as object);
  expect(Object.getOwnPropertyDescriptor(inner, '__proto__')?.value).toEqual({ a: 1 });
});

test('an object of a class arrives plain, without symbols and hidden fields', async () => {
  class Point {
    readonly #secret = 1;
    constructor(readonly x: number) {}
    get twice(): number {
      return this.x * 2 + this.#secret - 1;
    }
  }
  const value = Object.assign(new Point(3), { [Symbol('s')]: 1 });
  Object.defineProperty(value, 'hidden', { value: 1, enumerable: false });
  Object.defineProperty(value, 'live', { get: () => 7, enumerable: true });
  const got = await go((it: unknown) => it, value);
  expect(got).toStrictEqual({ x: 3, live: 7 });
});

test('an object without a prototype arrives as a plain one', async () => {
  const value = Object.assign(Object.create(null) as object, { a: 1 });
  expect(await go((it: object) => it, value)).toStrictEqual({ a: 1 });
});
