import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test('process.exit in a goroutine loses the goroutines of its isolate, and no others', async () => {
  const ending = await runProgram('lifecycle/fixtures/exit-in-goroutine.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(ending.stdout)).toEqual({
    exited: { name: 'IsolateDied', code: 'ERR_ISOLATE_DIED', isIsolateDied: true },
    other: 'fine',
    afterwards: 3,
  });
});

test('an uncaught error in a callback of a goroutine does the same, with a warning', async () => {
  const ending = await runProgram('lifecycle/fixtures/uncaught-in-callback.mjs');
  expect(ending).toMatchObject({ code: 0, stdout: 'ERR_ISOLATE_DIED\nfine\n' });
  expect(ending.stderr).toContain('thrown in a timer');
});
