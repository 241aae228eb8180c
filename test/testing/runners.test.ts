import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// The helper in other test runners, as their users run them: a suite of two tests, of which one leaks.

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../test/testing/fixtures/${name}`, import.meta.url));

function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', VITEST: '', VITEST_MODE: '', VITEST_WORKER_ID: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
    });
  });
}

const LEAK = /found unexpected goroutines:\s+goroutine \d+ \[chan receive\]/;

test('LEAK-018 LEAK-019 node:test fails the test that leaks, and no other', async () => {
  const { code, output } = await run(['--test', '--test-reporter=tap', fixture('leaks.test.mjs')]);
  expect(code).toBe(1);
  expect(output).toMatch(LEAK);
  expect(output).toMatch(/^ *ok 1 - ends/m);
  expect(output).toMatch(/^ *not ok 2 - leaks/m);
});

test.each(['forks', 'threads'])('vitest fails the test that leaks, and no other: %s', async (pool) => {
  const cli = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const root = fixture('');
  const args = [cli, 'run', '--root', root, '--pool', pool, '--reporter=verbose', '--no-color'];
  const { code, output } = await run(args);
  expect(code).toBe(1);
  expect(output).toMatch(LEAK);
  expect(output).toMatch(/1 failed \| 1 passed/);
});
