import { expect, test } from 'vitest';
import { capture } from '../../dist/internal/code/capture.js';
import { compile } from '../../dist/internal/code/compile.js';
import type { Program } from '../../dist/internal/code/program.js';
import { helper, stateful } from './fixtures/helper.js';

type Load = () => Promise<unknown>;
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

test('functions of one place that got different names are told apart', () => {
  const make = (name: string) => ({ [name]: () => new Error('x').stack })[name]!;
  const [one, two] = [describe(make('one')), describe(make('two'))];
  expect(one).toMatchObject({ name: 'one' });
  expect(two).toMatchObject({ name: 'two' });
  expect(describe(make('one'))).toEqual(one);
});

test('what is not JavaScript of the program has no place, and is told apart all the same', () => {
  const double = (n: number) => n * 2;
  const proxy = new Proxy(double, {});
  const bound = double.bind(null, 1);
  for (let i = 0; i < 2; i++) {
    expect(describe(double)).toMatchObject({ kind: 'text' });
    expect(() => describe(proxy)).toThrow(expect.objectContaining({ code: 'ERR_GO_NATIVE' }) as Error);
    expect(() => describe(bound)).toThrow(expect.objectContaining({ code: 'ERR_GO_NATIVE' }) as Error);
  }
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
  let count = 0;
  const fn = () => count++;
  expect(() => describe(fn)).toThrow(/'count'/);
  expect(() => describe(fn)).toThrow(/'count'/);
});

test('under vitest, exports and imported names are recognised', async () => {
  const url = new URL('./fixtures/helper.js', import.meta.url).href;
  expect(describe(stateful)).toMatchObject({ kind: 'export', url, name: 'stateful' });
  expect(describe(() => helper(1))).toMatchObject({
    kind: 'closure',
    functions: [{ captures: [{ name: 'helper', source: { from: 'module', name: 'helper' } }] }],
  });
  const meta = compile(describe(() => import.meta.url)) as () => string;
  expect(meta()).toBe(import.meta.url);
  const load = (await compile(describe(() => import('./fixtures/boom.mjs' as string)))) as Load;
  expect(await load()).toHaveProperty('boom');
});
