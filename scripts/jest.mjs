// The package under jest: the tests of test/testing/fixtures/jest, one after the other in one process, in
// processes and in threads. jest has to end by itself, and to say nothing of what kept it.
//
// It is in a folder of its own, scripts/jest, so that only who asks for it installs it.

import { join } from 'node:path';

import { root, runVisibly } from './commands.mjs';
import { install, installIsStale } from './installed.mjs';

const folder = join(root, 'scripts', 'jest');
const tests = join(root, 'test', 'testing', 'fixtures', 'jest');

/** One that has not ended by then hangs, in milliseconds. */
const HANGS_AFTER = 120_000;

/** How jest can run files of tests: after one another, and two at a time. */
export const jestModes = {
  'one process': ['--runInBand'],
  processes: ['--maxWorkers=2'],
  threads: ['--maxWorkers=2', '--workerThreads'],
};

export const jestIsStale = () => installIsStale(folder);
export const installJest = () => install(folder);

/** The arguments with which Node runs it. */
export function jestArgs(mode) {
  const cli = join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
  return [cli, '--rootDir', tests, '--config', join(tests, 'jest.config.json'), ...jestModes[mode]];
}

/** Runs it, and has it write its results. Gives its status: not 0, too, if it says that it had to be ended. */
export async function runJest(mode, results) {
  let errors = '';
  const status = await runVisibly(process.execPath, [...jestArgs(mode), '--json', `--outputFile=${results}`], {
    onOutput: () => undefined,
    onErrors: (text) => {
      errors += text;
    },
    onSpawn: (child) => void setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER).unref(),
  });
  return status === 0 && /did not exit|failed to exit gracefully/.test(errors) ? 1 : status;
}
