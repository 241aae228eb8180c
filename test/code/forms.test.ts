import { beforeAll, expect, test } from 'vitest';
import { fixturePath, runFixture } from './fixtures/run.js';

interface Ran {
  readonly value: unknown;
  readonly name: string;
  readonly form: string;
}

let results: Record<string, Ran>;
beforeAll(async () => {
  results = await runFixture<Ran>('forms.mjs');
});

test.each([
  ['declaration', 2, 'declared', 'expr'],
  ['expression', 2, 'go func', 'expr'],
  ['named expression', 24, 'fac', 'expr'],
  ['arrow', 2, 'go func', 'expr'],
  ['async arrow', 2, 'go func', 'expr'],
  ['bare parameter', 2, 'go func', 'expr'],
  ['object body', { a: 1 }, 'go func', 'expr'],
  ['trailing comment', 2, 'go func', 'expr'],
  ['method method', 2, 'method', 'method'],
  ['method asyncMethod', 2, 'asyncMethod', 'method'],
  ['method computed1', 2, 'computed1', 'method'],
  ['method computed1\n  over two lines', 2, 'computed1\n  over two lines', 'method'],
  ['method string key', 2, 'string key', 'method'],
  ['method 12', 2, '12', 'method'],
  ['method async', 2, 'async', 'method'],
  ['method get', 2, 'get', 'method'],
  ['method static', 2, 'static', 'method'],
  ['class static', 2, 's', 'method'],
  ['class method', 2, 'm', 'method'],
  ['private method', 2, '#p', 'method'],
  ['private async method', 2, '#q', 'method'],
  ['made by Function', 2, 'anonymous', 'expr'],
  ['own scopes', [7, 1, { b: 2 }, 'function', 'undefined', true], 'go func', 'expr'],
  ['guarded', 'no window', 'go func', 'expr'],
  ['import()', 4, 'go func', 'expr'],
  ['string', 'import("./x") import.meta', 'go func', 'expr'],
  ['__name', 'given', 'go func', 'expr'],
])('%s', (name, value, functionName, form) => {
  expect(results[name]).toEqual({ value, name: functionName, form });
});

test('import.meta is that of the file the function is written in', () => {
  const file = fixturePath('forms.mjs');
  const url = new URL('./fixtures/', import.meta.url);
  expect(results['import.meta']!.value).toEqual([
    new URL('forms.mjs', url).href,
    file,
    fixturePath('.').replace(/\/$/, ''),
    new URL('x.mjs', url).href,
    'node:fs',
  ]);
});

test('a sloppy function stays sloppy, and a strict one strict', async () => {
  const sloppy = await runFixture('sloppy.cjs');
  expect(sloppy).toMatchObject({
    sloppy: { value: true, strict: false },
    octal: { value: 8, strict: false },
    strict: { value: true, strict: true },
  });
});
