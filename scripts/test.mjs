// npm test [-- --only rust|loom|js|costs|runtimes] [--node 20|22|24|26|all] [vitest arguments]: the tests,
// then a table and a count.
//
// The JavaScript tests run with the Node at hand; with --node, with another, which npm fetches. On CI they
// run with every line, and `runtimes` follows: what works in Bun and Deno, and under jest.

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
import { jestModes, runJest } from './jest.mjs';
import { runSteps } from './report.mjs';
import { nodeLines, otherRuntimes, ownLine, packageOf, runtimeOf } from './runtimes.mjs';

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
    return count(status, countsIn(report));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What vitest and jest write. */
function countsIn(path) {
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

/**
 * What works outside Node.js too, in Bun and Deno: `test/runtimes/checks.mjs` says `ok` or `not ok` of
 * each check, and that it has done all.
 */
async function checks(name) {
  const { path, version } = runtimeOf(name);
  const run = { bun: ['run'], deno: ['run', '--allow-all', '--no-lock'] }[name];
  let output = '';
  const status = await runVisibly(path, [...run, 'test/runtimes/checks.mjs'], {
    onOutput: (text) => {
      output += text;
    },
    // It ends by itself; one that hangs is ended.
    onSpawn: (child) => void setTimeout(() => child.kill('SIGKILL'), 120_000).unref(),
  });
  const tests = {
    passed: output.match(/^ok /gm)?.length ?? 0,
    failed: output.match(/^not ok /gm)?.length ?? 0,
  };
  const ended = tests.failed > 0 || !/^done$/m.test(output) ? 1 : status;
  const counted = count(ended, tests);
  return { ...counted, note: `${counted.note} (${version})` };
}

async function jest(mode) {
  const folder = mkdtempSync(join(tmpdir(), 'gosched-test-'));
  try {
    const report = join(folder, 'jest.json');
    return count(await runJest(mode, report), countsIn(report));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Takes `--name value` out of the arguments. */
function takeOption(args, name) {
  const place = args.indexOf(name);
  return place === -1 ? undefined : (args.splice(place, 2)[1] ?? '');
}

/** The lines of Node.js, of those that have to be fetched, that the JavaScript tests run with. */
function fetchedLines(asked) {
  if (asked === 'all') return nodeLines;
  if (asked === undefined) return process.env.CI ? nodeLines.filter((line) => line !== ownLine) : [];
  if (nodeLines.includes(asked)) return [asked];
  throw new Failure(`--node takes one of: ${nodeLines.join(', ')}, all`);
}

function onLine(line, extra) {
  const run = async () => {
    const node = runtimeOf(line);
    const { status, note } = await js(extra, node);
    return { status, note: `${note} (${node.version})` };
  };
  return { name: `js, Node ${line}`, run, fetched: line };
}

/** What is to be done, in order. A step that needs a runtime fetched names it. */
function stepsOf(only, node, extra) {
  const own = { rust, loom, js: () => js(extra), costs };
  const names = [...Object.keys(own), 'runtimes'];
  if (only !== undefined && !names.includes(only)) {
    throw new Failure(`--only takes one of: ${names.join(', ')}`);
  }
  if (node !== undefined && (only ?? 'js') !== 'js') {
    throw new Failure('--node is for the JavaScript tests: leave --only away');
  }
  const steps = Object.entries(own).map(([name, run]) => ({ name, run }));
  const lines = fetchedLines(node).map((line) => onLine(line, extra));
  if (node !== undefined) return lines;
  const others = otherRuntimes.map((name) => ({ name, run: () => checks(name), fetched: name }));
  const modes = Object.keys(jestModes);
  others.push(...modes.map((mode) => ({ name: `jest, ${mode}`, run: () => jest(mode), needs: 'jest' })));
  if (only === 'runtimes') return others;
  const all = [...steps, ...lines, ...(process.env.CI ? others : [])];
  return all.filter(({ name }) => only === undefined || name.split(',')[0] === only);
}

await runMain(async () => {
  const extra = process.argv.slice(2);
  const only = takeOption(extra, '--only');
  const steps = stepsOf(only, takeOption(extra, '--node'), extra);
  const fetched = steps.flatMap((step) => step.fetched ?? []);
  fetched.forEach(packageOf);

  const needsLibrary = fetched.length > 0 || steps.some(({ name }) => ['js', 'costs'].includes(name));
  if (needsLibrary) await ensure({ programs: true, tests: true, runtimes: fetched.length > 0, jest: steps.some(({ needs }) => needs === 'jest') });
  const passed = await runSteps(steps);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return passed ? 0 : 1;
});
