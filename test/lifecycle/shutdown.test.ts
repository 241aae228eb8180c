import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test('shutdown ends every goroutine and isolate, and the next go begins anew', async () => {
  const ending = await runProgram('lifecycle/fixtures/shutdown.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(ending.stdout)).toEqual({
    unused: 0,
    polite: [0, [1, 2, 3], 0],
    deaf: [22, Array(22).fill('shutdown'), 0, 1],
    again: 3,
    block: [['shutdown'], 0],
    local: 'local',
  });
});

test('idle isolates end, but for those where something is left that may go on', async () => {
  const ending = await runProgram('lifecycle/fixtures/idle.mjs');
  const stdout = 'none\nnone\nnone\nstill here\nleft behind\n';
  expect(ending).toMatchObject({ code: 0, signal: null, stdout, stderr: '' });
});
