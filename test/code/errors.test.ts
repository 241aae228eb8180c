import { beforeAll, describe, expect, test } from 'vitest';
import { type Attempt, fixturePath, marked, runFixture } from './fixtures/run.js';

const FILE = 'errors.mjs';
let results: Record<string, Attempt>;
beforeAll(async () => {
  results = await runFixture(FILE);
});

describe('a function that takes something from around it is refused at its place', () => {
  test.each([
    ['write', 'ERR_GO_WRITE', 'total'],
    ['update', 'ERR_GO_WRITE', 'total'],
    ['added', 'ERR_GO_GLOBAL', 'addedByProgram'],
    ['undefinedName', 'ERR_GO_UNDEFINED', 'nowhere'],
    ['instance', 'ERR_GO_CLASS', 'point'],
    ['subclass', 'ERR_GO_CLASS', 'points'],
    ['nestedInstance', 'ERR_GO_CLASS', 'state'],
    ['keyedInstance', 'ERR_GO_CLASS', 'keyed'],
    ['promise', 'ERR_GO_CLASS', 'promise'],
    ['weak', 'ERR_GO_CLASS', 'weak'],
    ['callback', 'ERR_GO_CLONE', 'callbacks'],
    ['symbolInside', 'ERR_GO_CLONE', 'marked'],
    ['proxy', 'ERR_GO_CLONE', 'proxy'],
    ['unique', 'ERR_GO_SYMBOL', 'unique'],
    ['boundCapture', 'ERR_GO_NATIVE', 'bound'],
    ['namespace', 'ERR_GO_ENTRY', 'own'],
    ['namespaceInside', 'ERR_GO_MODULE', 'spaces'],
    ['evil', 'ERR_GO_EVAL', null],
    ['lexicalThis', 'ERR_GO_THIS', null],
    ['lexicalSuper', 'ERR_GO_SUPER', null],
    ['methodSuper', 'ERR_GO_SUPER', null],
    ['lexicalArguments', 'ERR_GO_ARGUMENTS', null],
    ['privateName', 'ERR_GO_PRIVATE', '#secret'],
    ['accessor', 'ERR_GO_ACCESSOR', null],
  ])('%s: %s', (name, code, variable) => {
    const { line, column } = marked(FILE, name);
    const file = fixturePath(FILE);
    expect(results[name]).toMatchObject({
      name: 'GoCaptureError',
      code,
      variable,
      file,
      line,
      column,
    });
    expect(results[name]!.message).toContain(`(${file}:${line}:${column})`);
  });
});

test.each([
  ['boundArrow', 'ERR_GO_NATIVE'],
  ['bound', 'ERR_GO_NATIVE'],
  ['node', 'ERR_GO_NATIVE'],
  ['generator', 'ERR_GO_GENERATOR'],
  ['asyncGenerator', 'ERR_GO_GENERATOR'],
  ['class', 'ERR_GO_NOT_FUNCTION'],
  ['builtinClass', 'ERR_GO_NOT_FUNCTION'],
  ['notFunction', 'ERR_GO_NOT_FUNCTION'],
])('%s is refused: %s', (name, code) => {
  expect(results[name]).toMatchObject({ name: 'GoCaptureError', code, variable: null, line: null });
});

test('a function that cannot be parsed alone is refused where it starts', () => {
  const place = marked(FILE, '@');
  expect(results['parse']).toMatchObject({
    code: 'ERR_GO_PARSE',
    file: fixturePath(FILE),
    ...place,
  });
});

test.each([
  ['nestedInstance', "'state.list[0].at' is an instance of Point"],
  ['keyedInstance', "'keyed.get(k) (an element)' is an instance of Point"],
  ['callback', "'callbacks.cb' is a function"],
  ['symbolInside', "'marked.mark' is a symbol"],
  ['promise', 'Await it first'],
  ['unique', "Symbol.for('unique')"],
])('%s: the message names the part, or the way out', (name, text) => {
  expect(results[name]!.message).toContain(text);
});

test.each([
  ['properties', 'counted', 'calls'],
  ['prototype', 'Old', 'prototype.run'],
])('a function that carries more than its source is refused: %s', (name, variable, property) => {
  expect(results[name]).toMatchObject({ code: 'ERR_GO_CLONE', variable, chain: [] });
  expect(results[name]!.message).toContain(`'${property}'`);
});

test('what a captured function does is refused at its place, with the way to it', () => {
  expect(results['chainedWrite']).toMatchObject({
    code: 'ERR_GO_WRITE',
    variable: 'total',
    chain: ['through', 'writes'],
    ...marked(FILE, 'chainedWrite'),
  });
  expect(results['chainedWrite']!.message).toContain("in captured function 'through -> writes'");
});

const [major = 0] = process.versions.node.split('.').map(Number);
test.skipIf(major < 22)('a variable whose declaration has not run is refused', () => {
  const { line, column } = marked(FILE, 'later');
  expect(results['later']).toMatchObject({
    code: 'ERR_GO_TDZ',
    variable: 'lateConstant',
    line,
    column,
  });
});

test.skipIf(major < 22)('places are exact in a file whose types Node.js strips', async () => {
  const options = ['--experimental-strip-types', '--no-warnings'];
  const typed = await runFixture('typed.mts', options);
  expect(typed['bad']).toMatchObject({ variable: 'total', ...marked('typed.mts', 'typed') });
  expect(typed['good']).toMatchObject({ kind: 'text', line: 6, column: 22 });
});
