import { expect, test } from 'vitest';
import { runCases, sourcePath } from './fixtures/run-cases.js';

test('a function in a CommonJS module has its imports, constants, require and paths', async () => {
  expect(await runCases(sourcePath('commonjs.cjs'))).toEqual({
    destructured: 'b',
    whole: 'function',
    file: 21,
    'exported function itself': 22,
    'module.exports': 'function',
    constant: 6,
    require: 'part',
    'paths of the file': ['commonjs.cjs', 'fixtures'],
    module: { code: 'ERR_GO_ENTRY', variable: 'module' },
  });
});
