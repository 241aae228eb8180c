import { expect, test } from 'vitest';
import { capture } from '../../dist/internal/code/capture.js';
import { compile } from '../../dist/internal/code/compile.js';
import type { Program } from '../../dist/internal/code/program.js';
import { helper, stateful } from './fixtures/helper.js';

const describe = (fn: Function): Program => capture(fn, describe).program;

test('the same function, and a new closure of the same place, are the same program', () => {
  const make = () => (x: number) => x + 1;
  const one = make();
  const use = (fn: Function) => describe(fn);
  expect(use(one)).toBe(use(one));
  expect(use(make())).toBe(use(one));
  const makeThrowing = () => () => {
    throw new Error('x');
  };
  expect(use(makeThrowing())).toBe(use(makeThrowing()));
});

test('functions of the same text in two places keep their places', () => {
  const programs: Program[] = [];
  programs.push(describe(() => process.pid));
  programs.push(describe(() => process.pid));
  expect(programs[0]!.key).not.toBe(programs[1]!.key);
});

test('a function with import() is told apart by its place, though it goes through one call', () => {
  const use = (fn: Function) => describe(fn);
  const one = use(() => import('node:fs'));
  const two = use(() => import('node:fs'));
  expect(one.key).not.toBe(two.key);
});

test('a program is plain data and compiles to the same function each time', () => {
  const program = describe((a: number, b: number) => a * b);
  const copy = structuredClone(program);
  expect(copy).toEqual(program);
  const fn = compile(copy) as (a: number, b: number) => number;
  expect(fn(2, 3)).toBe(6);
  expect(compile(program)).toBe(fn);
});

test('a refusal is thrown again the next time', () => {
  const limit = Math.random();
  const fn = () => limit;
  expect(() => describe(fn)).toThrow(/'limit'/);
  expect(() => describe(fn)).toThrow(/'limit'/);
});

test('under vitest, exports and imported names are recognised', async () => {
  const url = new URL('./fixtures/helper.js', import.meta.url).href;
  expect(describe(stateful)).toMatchObject({ kind: 'export', url, name: 'stateful' });
  expect(() => describe(() => helper(1))).toThrow(/'helper' belongs to the surrounding scope/);
  const meta = compile(describe(() => import.meta.url)) as () => string;
  expect(meta()).toBe(import.meta.url);
  const load = compile(describe(() => import('./fixtures/boom.mjs' as string))) as () => unknown;
  expect(await load()).toHaveProperty('boom');
});
