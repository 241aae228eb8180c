import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test('what a dead isolate held is released, and what it waited for is not lost', async () => {
  const ending = await runProgram('lifecycle/fixtures/dies-with-locks.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(ending.stdout)).toEqual({
    code: 'ERR_ISOLATE_DIED',
    order: ['mutex', 'once', 'reads', 'semaphore', 'writes'],
    leads: true,
    other: false,
  });
});

test('the process exits while goroutines block their threads', async () => {
  const ending = await runProgram('lifecycle/fixtures/exit-while-blocked.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stdout: 'blocked\n' });
});
