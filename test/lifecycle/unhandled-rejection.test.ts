import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test.each(['go', 'local'])('SCH-037 an error that nobody awaits surfaces: %s', async (name) => {
  const ending = await runProgram(`lifecycle/fixtures/unhandled-${name}.mjs`);
  expect(ending).toMatchObject({ code: 1, signal: null, stdout: '' });
  expect(ending.stderr).toContain('TypeError: nobody awaits this');
  expect(ending.stderr).toContain(`unhandled-${name}.mjs`);
});

test('one that is awaited later, in time, does not', async () => {
  const ending = await runProgram('lifecycle/fixtures/handled.mjs');
  expect(ending).toMatchObject({ code: 0, stdout: 'caught\n', stderr: '' });
});
