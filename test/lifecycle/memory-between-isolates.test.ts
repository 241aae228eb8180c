import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

const fine = { code: 0, signal: null };

test('the main thread may block on memory that isolates learn of while they start', async () => {
  const ending = await runProgram('lifecycle/fixtures/main-waits-on-memory.mjs');
  expect(ending).toMatchObject({ ...fine, stdout: 'both\n', stderr: '' });
});

test('isolates that end with moved buffers take no others along, and leave none behind', async () => {
  const ending = await runProgram('lifecycle/fixtures/dies-with-buffers.mjs');
  expect(ending).toMatchObject({ ...fine, stdout: 'true freed\n' });
});

test('a worker of the program itself can move buffers and share memory', async () => {
  const ending = await runProgram('lifecycle/fixtures/guests-move.mjs');
  expect(ending).toMatchObject({ ...fine, stdout: 'true\n', stderr: '' });
});

test('the memory through which large values were copied is given back', async () => {
  const nodeArgs = ['--expose-gc'];
  const ending = await runProgram('lifecycle/fixtures/memory-of-copies.mjs', { nodeArgs });
  expect(ending).toMatchObject({ ...fine, stdout: '2 given back\n', stderr: '' });
});
