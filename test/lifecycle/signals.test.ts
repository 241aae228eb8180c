import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a busy program', async (name) => {
  let sent = false;
  const ending = await runProgram('lifecycle/fixtures/busy.mjs', (stdout, kill) => {
    if (sent || !stdout.includes('busy\nbusy\n')) return;
    sent = true;
    kill(name);
  });
  expect(ending).toMatchObject({ code: null, signal: name });
});

test('the program can handle SIGINT itself, by cancelling', async () => {
  let sent = false;
  const ending = await runProgram('lifecycle/fixtures/cancels-on-sigint.mjs', (stdout, kill) => {
    if (sent || !stdout.includes('ready\n')) return;
    sent = true;
    kill('SIGINT');
  });
  expect(ending).toMatchObject({ code: 0, signal: null, stdout: 'ready\nstopped\n' });
});
