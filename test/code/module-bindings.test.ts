import { expect, test } from 'vitest';
import { moduleBindings } from '../../dist/internal/code/module-bindings.js';

test.each([
  ["import a from 'm'", 'a', 'm', 'default', 'import'],
  ["import { x as a } from 'm'", 'a', 'm', 'x', 'import'],
  ["import { 'x y' as a } from 'm'", 'a', 'm', 'x y', 'import'],
  ["import * as a from 'm'", 'a', 'm', null, 'import'],
  ["const a = await import('m')", 'a', 'm', null, 'import'],
  ["const { x: a } = await import('m')", 'a', 'm', 'x', 'import'],
  ["const a = require('m')", 'a', 'm', null, 'require'],
  ["const { a } = require('m')", 'a', 'm', 'a', 'require'],
  ["const a = require('m').x", 'a', 'm', 'x', 'require'],
  ["var a = __importStar(require('m'))", 'a', 'm', null, 'require'],
  ["var a = __toESM(require('m'), 1)", 'a', 'm', null, 'require'],
  ["export const a = require('m')", 'a', 'm', null, 'require'],
])('%s imports', (source, name, specifier, exported, via) => {
  const { imported } = moduleBindings(source).get(name)!;
  expect(imported).toMatchObject({ specifier, name: exported, via });
});

test.each([
  ["let a = require('m'); a = 1"],
  ["let a = require('m'); function f() { [a] = [1] }"],
  ['const a = require(name)'],
  ["const a = require('m')()"],
  ["const { [x]: a } = require('m')"],
  ["const { ...a } = require('m')"],
])('%s does not, or may not', (source) => {
  expect(moduleBindings(source).get('a')!.imported).toBeNull();
});

test.each([
  ['const a = 1', true],
  ['let a = 1', true],
  ['let a = 1; a++', false],
  ['let a = 1; () => { a = 2 }', false],
  ['let a = 1; (a) => { a = 2 }', true],
  ['function a() {}', true],
  ['function a() {} a = 1', false],
  ['class a {}', true],
  ["let a = 1; eval('a = 2')", false],
  ["const a = 1; eval('a = 2')", true],
])('%s: constant %s', (source, constant) => {
  expect(moduleBindings(source).get('a')!.constant).toBe(constant);
});

test.each([
  ['const a = 1; (b) => a', true],
  ['const a = 1; (a) => a', false],
  ['const a = 1; function f() { var a }', false],
  ['const a = 1; ({ a }) => a', false],
  ['const a = 1; try {} catch (a) {}', false],
  ['const a = 1; (function a() {})', false],
])('%s: unique %s', (source, unique) => {
  expect(moduleBindings(source).get('a')!.unique).toBe(unique);
});

test('an eval may declare another of the name, but does not undo an import', () => {
  const source = "var a = require('m'); const b = 1; function f() { eval('var b') }";
  const bindings = moduleBindings(source);
  expect(bindings.get('a')!.imported).not.toBeNull();
  expect(bindings.get('b')!.shadowable).toBe(true);
});

test('a script that cannot be parsed has none', () => {
  expect(moduleBindings('const a = ;').size).toBe(0);
});
