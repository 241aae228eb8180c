import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test.each([
  ['an ES module with top-level await', 'top-level-await.mjs'],
  ['an ES module without', 'no-top-level-await.mjs'],
  ['CommonJS', 'common.cjs'],
  ['one that only imports the package', 'import-only.mjs'],
  ['one that only uses go.local', 'local-only.mjs'],
  ['one with a pending after() timer', 'pending-after.mjs'],
  ['SCH-029 one with a receiver that nobody will serve, not awaited', 'abandoned-receiver.mjs'],
  ['one with a context that has a long timeout, cancelled', 'canceled-timeout.mjs'],
])('a program ends when its goroutines have: %s', async (_, fixture) => {
  const ending = await runProgram(`lifecycle/fixtures/${fixture}`);
  expect(ending).toMatchObject({ code: 0, signal: null, stdout: 'end\n', stderr: '' });
  expect(ending.ms).toBeLessThan(5000);
});
