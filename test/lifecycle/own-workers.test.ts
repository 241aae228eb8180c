import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test('20 worker threads of the program itself use the package and end', async () => {
  const ending = await runProgram('lifecycle/fixtures/own-workers.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stdout: 'end\n', stderr: '' });
});

test('workers that are terminated in the middle disturb nobody', async () => {
  const ending = await runProgram('lifecycle/fixtures/terminated-workers.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stdout: 'end\n', stderr: '' });
});

test('workers that are terminated while they load the package disturb nobody', async () => {
  const ending = await runProgram('lifecycle/fixtures/terminated-while-loading.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stdout: 'end\n', stderr: '' });
});
