import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

// Node's exit code for a top-level await that can never end.
const UNSETTLED = 13;

test.each([
  ['a receive from a channel nobody sends to', 'deadlock-receive.mjs'],
  ['a send to a channel nobody receives from', 'deadlock-send.mjs'],
  ['a select without cases', 'deadlock-select.mjs'],
  ['a wait group nobody will end', 'deadlock-waitgroup.mjs'],
])('SCH-024 SCH-027 a main program that waits for ever ends, and does not hang: %s', async (_, fixture) => {
  const ending = await runProgram(`lifecycle/fixtures/${fixture}`);
  expect(ending).toMatchObject({ code: UNSETTLED, signal: null, stdout: 'waiting\n' });
  expect(ending.ms).toBeLessThan(5000);
});
