// npm test [-- --only rust|loom|js] [--node 20|22|24|26|all] [vitest arguments]: the tests, then a
// table and a count.
//
// The JavaScript tests run with the Node at hand; with --node, with another, which npm fetches; on CI
// with the one at hand and with the other lines.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  cargoEnv,
  cargoTargetDir,
  Failure,
  lockedFlag,
  runMain,
  runVisibly,
  toolPath,
} from './commands.mjs';
import { ensure } from './ensure.mjs';
import { filesBelow } from './fingerprint.mjs';
import { nodeLines, nodeOf, ownLine, packageOf } from './nodes.mjs';
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

/** @param node the Node that runs vitest, and with it every process that a test starts */
async function js(extra, node = { path: process.execPath, env: process.env }) {
  const sources = filesBelow(['test'], (name) => name.endsWith('.test.ts'));
  if (sources.length === 0) return { note: 'no test/**/*.test.ts' };
  // `test/chan/x.test.ts` selects that file; vitest knows it as build-test/chan/x.test.js.
  const args = extra.map((arg) => arg.replace(/^(?:\.\/)?test\/(.*)\.ts$/, 'build-test/$1.js'));
  const folder = mkdtempSync(join(tmpdir(), 'gosched-test-'));
  try {
    const report = join(folder, 'vitest.json');
    const vitest = [toolPath('vitest', 'vitest.mjs'), 'run'];
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { path, env } = node;
    const status = await runVisibly(path, [...vitest, ...reporters, ...args], { env });
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

/** Takes `--name value` out of the arguments. */
function takeOption(args, name) {
  const place = args.indexOf(name);
  return place === -1 ? undefined : (args.splice(place, 2)[1] ?? '');
}

/** The lines whose Node has to be fetched. */
function linesToFetch(asked) {
  if (asked !== undefined) return asked === 'all' ? nodeLines : [asked];
  return process.env.CI ? nodeLines.filter((line) => line !== ownLine) : [];
}

function onLine(line, extra) {
  const run = async () => {
    const node = nodeOf(line);
    const { status, note } = await js(extra, node);
    return { status, note: `${note} (${node.version})` };
  };
  return { name: `js, Node ${line}`, run };
}

await runMain(async () => {
  const extra = process.argv.slice(2);
  const only = takeOption(extra, '--only');
  const node = takeOption(extra, '--node');

  const all = { rust, loom, js: () => js(extra) };
  if (only !== undefined && !Object.hasOwn(all, only)) {
    throw new Failure(`--only takes one of: ${Object.keys(all).join(', ')}`);
  }
  if (node !== undefined && (only ?? 'js') !== 'js') {
    throw new Failure('--node is for the JavaScript tests: leave --only away');
  }
  const wanted = node !== undefined ? [] : only ? [only] : Object.keys(all);
  const lines = (only ?? 'js') === 'js' ? linesToFetch(node) : [];
  lines.forEach(packageOf);

  if (wanted.includes('js') || lines.length > 0) {
    await ensure({ programs: true, tests: true, nodes: lines.length > 0 });
  }
  const passed = await runSteps([
    ...wanted.map((name) => ({ name, run: all[name] })),
    ...lines.map((line) => onLine(line, extra)),
  ]);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return passed ? 0 : 1;
});
