import { beforeAll, describe, expect, test } from 'vitest';
import { type Attempt, fixturePath, marked, runFixture } from './fixtures/run.js';

const FILE = 'errors.mjs';
let results: Record<string, Attempt>;
beforeAll(async () => {
  results = await runFixture(FILE);
});

describe('a function that takes something from around it is refused at its place', () => {
  test.each([
    ['capture', 'ERR_GO_CAPTURE', 'limit'],
    ['imported', 'ERR_GO_CAPTURE', 'delay'],
    ['shadowed', 'ERR_GO_CAPTURE', 'setTimeout'],
    ['captureThroughTypeof', 'ERR_GO_CAPTURE', 'limit'],
    ['defaultValue', 'ERR_GO_CAPTURE', 'limit'],
    ['inner', 'ERR_GO_CAPTURE', 'limit'],
    ['later', 'ERR_GO_CAPTURE', 'lateConstant'],
    ['write', 'ERR_GO_WRITE', 'total'],
    ['update', 'ERR_GO_WRITE', 'total'],
    ['added', 'ERR_GO_GLOBAL', 'addedByProgram'],
    ['undefinedName', 'ERR_GO_UNDEFINED', 'nowhere'],
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
  ['native', 'ERR_GO_NATIVE'],
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

test('the message of a captured variable shows both ways out', () => {
  expect(results['capture']!.message).toContain('go((x, limit) => ..., x, limit)');
  expect(results['capture']!.message).toContain('export the function from a module of its own');
});

const [major = 0] = process.versions.node.split('.').map(Number);
test.skipIf(major < 22)('places are exact in a file whose types Node.js strips', async () => {
  const options = ['--experimental-strip-types', '--no-warnings'];
  const typed = await runFixture('typed.mts', options);
  expect(typed['bad']).toMatchObject({ variable: 'limit', ...marked('typed.mts', 'typed') });
  expect(typed['good']).toMatchObject({ kind: 'text', line: 6, column: 22 });
});
