// npm test [-- --only rust|loom|js|costs] [vitest arguments]: the tests, then a table and a count.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  cargoEnv,
  cargoTargetDir,
  Failure,
  lockedFlag,
  root,
  runMain,
  runVisibly,
  toolPath,
} from './commands.mjs';
import { ensure } from './ensure.mjs';
import { filesBelow } from './fingerprint.mjs';
import { runSteps } from './report.mjs';

const total = { passed: 0, failed: 0 };

/**
 * Adds a step's tests to the total. A step that failed with no failed test, as when it does not
 * compile, counts as one: a total without failures must mean that there were none.
 */
function count(status, { passed, failed, skipped }) {
  total.passed += passed;
  total.failed += status !== 0 && failed === 0 ? 1 : failed;
  const note = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
  return { status, note };
}

async function cargoTest(args, env) {
  let output = '';
  const status = await runVisibly('cargo', ['test', ...lockedFlag(), ...args], {
    env,
    onOutput: (text) => {
      output += text;
    },
  });
  const tests = { passed: 0, failed: 0, skipped: 0 };
  const results = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm;
  for (const [, passed, failed, ignored] of output.matchAll(results)) {
    tests.passed += Number(passed);
    tests.failed += Number(failed);
    tests.skipped += Number(ignored);
  }
  return count(status, tests);
}

function rust() {
  // The binding needs Node's symbols to link a test; the JavaScript tests cover it.
  const args = ['--workspace', '--exclude', 'gosched-binding', '--no-fail-fast'];
  return cargoTest(args, cargoEnv());
}

function loom() {
  const models = filesBelow(['crates/runtime/tests'], (name) => /\/loom_[^/]*\.rs$/.test(name));
  if (models.length === 0) return { note: 'no crates/runtime/tests/loom_*.rs' };
  const env = cargoEnv();
  env.RUSTFLAGS = `${env.RUSTFLAGS ?? ''} --cfg loom`.trim();
  // Other flags mean other artifacts; in one folder the two would evict each other.
  env.CARGO_TARGET_DIR = join(cargoTargetDir(), 'loom');
  // Models want optimized code, not the half minute that whole-program linking takes per file.
  env.CARGO_PROFILE_RELEASE_LTO ??= 'off';
  env.CARGO_PROFILE_RELEASE_CODEGEN_UNITS ??= '16';
  // Loom's manual: two or three preemptions find most bugs, and more take very long. A model may
  // set its own bound, and this variable can be set for a longer search.
  env.LOOM_MAX_PREEMPTIONS ??= '3';
  const args = ['--release', '-p', 'gosched-runtime', '--test', 'loom_*', '--no-fail-fast'];
  return cargoTest(args, env);
}

async function js(extra) {
  const sources = filesBelow(['test'], (name) => name.endsWith('.test.ts'));
  if (sources.length === 0) return { note: 'no test/**/*.test.ts' };
  // `test/chan/x.test.ts` selects that file; vitest knows it as build-test/chan/x.test.js.
  const args = extra.map((arg) => arg.replace(/^(?:\.\/)?test\/(.*)\.ts$/, 'build-test/$1.js'));
  const folder = mkdtempSync(join(tmpdir(), 'gosched-test-'));
  try {
    const report = join(folder, 'vitest.json');
    const status = await runVisibly(process.execPath, [
      toolPath('vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...args,
    ]);
    return count(status, vitestCounts(report));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitestCounts(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }; // It ended before it could report.
  }
}

/** Processor time of the hot paths, as multiples of plain JavaScript's: bench/costs. */
async function costs() {
  let output = '';
  const status = await runVisibly(process.execPath, [join(root, 'build', 'bench', 'costs', 'main.js')], {
    onOutput: (text) => {
      output += text;
    },
  });
  const [, passed = 0, failed = 0] = /^(\d+) within their limits, (\d+) not$/m.exec(output) ?? [];
  return count(status, { passed: Number(passed), failed: Number(failed), skipped: 0 });
}

await runMain(async () => {
  const extra = process.argv.slice(2);
  let only;
  const flag = extra.indexOf('--only');
  if (flag !== -1) [, only] = extra.splice(flag, 2);

  const all = { rust, loom, js: () => js(extra), costs };
  if (flag !== -1 && !Object.hasOwn(all, only ?? '')) {
    throw new Failure(`--only takes one of: ${Object.keys(all).join(', ')}`);
  }
  const wanted = only ? [only] : Object.keys(all);

  if (wanted.includes('js')) await ensure({ programs: true, tests: true });
  else if (wanted.includes('costs')) await ensure({ programs: true });
  const passed = await runSteps(wanted.map((name) => ({ name, run: all[name] })));
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return passed ? 0 : 1;
});
