import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const require = createRequire(import.meta.url);
const vitest = fileURLToPath(
  new URL('vitest.mjs', `file://${require.resolve('vitest/package.json')}`),
);
const config = fileURLToPath(
  new URL('../../test/closures/fixtures/module-runner/vitest.config.ts', import.meta.url),
);

/** A test in which nothing ran must not pass. */
interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  /** What the message of a failure shows. */
  readonly testResults: readonly unknown[];
}

test.each(['forks', 'threads', 'vmThreads'])(
  "in a project's own tests, whose modules vitest rewrites: %s",
  async (pool) => {
    const { VITEST: _, ...env } = process.env;
    const args = [vitest, 'run', '--config', config, '--reporter=json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...env, TEST_POOL: pool },
    }).catch((error: { stdout: string }) => error);
    const report = JSON.parse(stdout) as Report;
    const { success, numPassedTests, testResults } = report;
    expect({ success, testResults }).toMatchObject({ success: true });
    expect(numPassedTests).toBeGreaterThanOrEqual(4);
  },
);
