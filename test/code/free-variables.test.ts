import { expect, test } from 'vitest';
import { parseFunction } from '../../dist/internal/code/parse.js';
import { overwrite, positionAt, shift } from '../../dist/internal/code/source-text.js';

function free(text: string, strict?: boolean): string {
  const { analysis } = parseFunction(text, strict);
  return analysis.free.map((one) => one.name + (one.write === null ? '' : '=')).join(' ');
}

test.each([
  ['(a, { b, c: [d], ...e }, f = g) => a + b + d + e + f', 'g'],
  ['(a = b) => { var b; }', 'b'],
  ['() => { { let a; } return a }', 'a'],
  ['() => { for (const a of b) a; for (a in c); }', 'b a= c'],
  ['() => { try {} catch (e) { e } e }', 'e'],
  ['() => { switch (a) { case b: let c; c } c }', 'a b c'],
  ['() => { x: for (;;) break x }', ''],
  ['() => ({ a, b: c, [d]: e, f() {}, g: h.i?.j })', 'a c d e h'],
  [
    '() => class A extends B { [c] = d; static e = A; #f; g() { this.#f } static { h } }',
    'B c d h',
  ],
  ['() => { if (a) { function b() {} } b }', 'a b'],
  [
    '(a) => { a = 1; b ||= 2; [c, d.e] = f; ({ g: h = i } = j); k++; delete l.m }',
    'b= c= d f h= i j k= l',
  ],
  ['() => `${a}` + b`${c}`', 'a b c'],
  ['function f() { return f + arguments.length }', ''],
  [
    '() => { var a = 1; { var b } while (0) { var c } return [a, b, c, function d() { return d }] }',
    '',
  ],
  ['async () => { await using a = b; for await (const c of d) c }', 'b d'],
])('%s uses: %s', (text, names) => {
  expect(free(text)).toBe(names);
});

test('a function in a block is visible around it in sloppy mode only', () => {
  const text = 'function () { { function b() {} } b }';
  expect(free(text, false)).toBe('');
  expect(free(text, true)).toBe('b');
});

test('typeof guards a name', () => {
  const { analysis } = parseFunction('() => typeof a === typeof b && a');
  expect(analysis.free).toMatchObject([
    { name: 'a', guarded: true, typeofOnly: false },
    { name: 'b', guarded: true, typeofOnly: true },
  ]);
});

test('places count every kind of line break that the language has', () => {
  const text = 'a\r\nb\rc\nd\u2028e';
  expect(positionAt(text, text.indexOf('e'))).toEqual({ line: 4, column: 0 });
  expect(shift({ line: 2, column: 5 }, { line: 0, column: 1 })).toEqual({ line: 2, column: 6 });
  expect(shift({ line: 2, column: 5 }, { line: 3, column: 1 })).toEqual({ line: 5, column: 1 });
});

test('rewriting keeps the length and the line breaks', () => {
  expect(overwrite('[a +\n  b]', 1, 8, '0')).toBe('[0  \n   ]');
});
