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

test('a worker that parks while its last goroutine ends gets the result before it ends', async () => {
  const ending = await runProgram('lifecycle/fixtures/ends-while-parking.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stdout: '7\nexit 0\n', stderr: '' });
});
