import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test('two copies of the package on one thread do not disturb each other', async () => {
  const ending = await runProgram('lifecycle/fixtures/two-copies.cjs');
  const stdout = 'false 19900 19900\n';
  expect(ending).toMatchObject({ code: 0, signal: null, stdout, stderr: '' });
});
