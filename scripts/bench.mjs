// npm run bench [-- suite...]: runs the named suites of bench/, or all.
//   --list         names them
//   --quick        fewer and shorter rounds
//   --only text    only the rows whose names contain the text
//   --json file    writes the rows of all that ran
//   --charts path  draws the rows of all that ran, as SVG, into that folder
//   --report       the suites in full; bench/results.json, and from it bench/README.md and its charts.
//                  Suites that did not run keep the results they had
//   --redraw       README.md and charts once more from bench/results.json; runs nothing

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { Failure, root, runMain, runVisibly } from './commands.mjs';
import { ensure } from './ensure.mjs';
import { filesBelow } from './fingerprint.mjs';
import { ensurePeers } from './peers.mjs';
import { buildGoTwin, buildTwins } from './twins.mjs';

const suffix = '.bench.ts';
/** Suites beside `native` that have a column for Go. */
const withGo = ['channel', 'memory'];
const readme = join(root, 'bench', 'README.md');
const results = join(root, 'bench', 'results.json');
const charts = join(root, 'bench', 'charts');

await runMain(async () => {
  const suites = filesBelow(['bench'], (name) => name.endsWith(suffix)).map((name) =>
    name.slice('bench/'.length, -suffix.length),
  );
  const { values: options, positionals: named } = parse();
  if (options.list) {
    for (const suite of suites) console.log(suite);
    return 0;
  }
  check(options, named, suites);
  await ensure({ programs: true });
  ensurePeers();
  if (options.redraw) return redraw();
  const names = named.length > 0 ? named : suites;
  if (names.includes('native')) buildTwins();
  else if (names.some((name) => withGo.includes(name))) buildGoTwin();

  const { headerFor, headerLines } = await compiled('machine.js');
  const command = ['npm run bench', ...process.argv.slice(2)];
  if (command.length > 1) command.splice(1, 0, '--');
  // Before the suites run: the report would make the work tree differ from its commit.
  const header = headerFor(withoutPath(withoutPath(command, options.json), options.charts).join(' '));
  for (const line of headerLines(header)) console.log(line);

  const start = performance.now();
  const { status, rows } = await runSuites(names, options);
  console.log(`\n${rows.length} rows in ${((performance.now() - start) / 6e4).toFixed(1)} min`);
  if (options.json) writeJson(options.json, rows);
  if (options.charts) await (await compiled('charts.js')).drawCharts(options.charts, [{ header, rows }]);
  if (status !== 0) return status;
  if (options.report) {
    const { kept } = await compiled('runs.js');
    writeJson(results, kept(existsSync(results) ? readResults() : [], { header, rows }));
    await redraw();
  }
  return 0;
});

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        list: { type: 'boolean' },
        quick: { type: 'boolean' },
        only: { type: 'string' },
        json: { type: 'string' },
        charts: { type: 'string' },
        report: { type: 'boolean' },
        redraw: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new Failure(error.message);
  }
}

function check(options, named, suites) {
  const unknown = named.filter((name) => !suites.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`no such suite: ${unknown.join(', ')}; there are: ${suites.join(', ')}`);
  }
  if (options.report && (options.quick || options.only)) {
    throw new Failure('--report is of whole suites in full: leave out what makes it less');
  }
}

/** Each in a process of its own, one after the other. One that fails does not keep others from running. */
async function runSuites(names, { quick, only }) {
  const folder = mkdtempSync(join(tmpdir(), 'gosched-bench-'));
  const rows = [];
  let failed = 0;
  try {
    for (const [i, name] of names.entries()) {
      console.log(`\n# ${name} (${i + 1} of ${names.length})`);
      const file = join(folder, `${name}.json`);
      const status = await runVisibly(process.execPath, [
        // Lets a suite collect before it measures.
        '--expose-gc',
        join(root, 'build', 'bench', `${name}.bench.js`),
        '--json',
        file,
        ...(quick ? ['--quick'] : []),
        ...(only ? ['--only', only] : []),
      ]);
      failed ||= status;
      if (existsSync(file)) rows.push(...JSON.parse(readFileSync(file, 'utf8')));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { status: failed, rows };
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

function readResults() {
  return JSON.parse(readFileSync(results, 'utf8'));
}

/** README.md and the charts, from the results. */
async function redraw() {
  if (!existsSync(results)) throw new Failure('there is no bench/results.json: --report writes it');
  const runs = readResults();
  const { drawCharts } = await compiled('charts.js');
  const { withResults } = await compiled('report.js');
  const drawn = await drawCharts(charts, runs);
  const text = withResults(readFileSync(readme, 'utf8'), runs, drawn);
  if (text === undefined) throw new Failure('bench/README.md has lost its markers');
  writeFileSync(readme, text);
  return 0;
}

/** A module of bench/, which exists once `ensure` has run. */
function compiled(name) {
  return import(pathToFileURL(join(root, 'build', 'bench', name)).href);
}

/** The command as another machine can repeat it. */
function withoutPath(command, path) {
  return path === undefined ? command : command.map((arg) => arg.replace(path, 'file'));
}
