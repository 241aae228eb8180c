// npm run bench [-- suite...]: runs the named suites of bench/, or all.
//   --list         names them
//   --quick        fewer and shorter rounds
//   --only text    only the rows whose names contain the text
//   --json file    writes the rows of all that ran
//   --report       all suites in full, and their results into bench/README.md

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  const names = named.length > 0 ? named : suites;
  if (names.includes('native')) buildTwins();
  else if (names.some((name) => withGo.includes(name))) buildGoTwin();

  const { headerFor, headerLines } = await compiled('machine.js');
  const command = ['npm run bench', ...process.argv.slice(2)];
  if (command.length > 1) command.splice(1, 0, '--');
  // Before the suites run: the report would make the work tree differ from its commit.
  const header = headerFor(withoutPath(command, options.json).join(' '));
  for (const line of headerLines(header)) console.log(line);

  const { status, rows } = await runSuites(names, options);
  if (status !== 0) return status;
  if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  if (options.report) await writeReport(header, rows);
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
        report: { type: 'boolean' },
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
  if (options.report && (options.quick || options.only || named.length > 0)) {
    throw new Failure('--report is of one full run of everything: leave out what makes it less');
  }
}

/** Each in a process of its own, one after the other. Stops at the first that fails. */
async function runSuites(names, { quick, only }) {
  const folder = mkdtempSync(join(tmpdir(), 'gosched-bench-'));
  const rows = [];
  try {
    for (const name of names) {
      console.log(`\n# ${name}`);
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
      if (status !== 0) return { status, rows };
      rows.push(...JSON.parse(readFileSync(file, 'utf8')));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { status: 0, rows };
}

async function writeReport(header, rows) {
  const { withResults } = await compiled('report.js');
  const text = withResults(readFileSync(readme, 'utf8'), header, rows);
  if (text === undefined) throw new Failure('bench/README.md has lost its markers');
  writeFileSync(readme, text);
}

/** A module of bench/, which exists once `ensure` has run. */
function compiled(name) {
  return import(pathToFileURL(join(root, 'build', 'bench', name)).href);
}

/** The command as another machine can repeat it. */
function withoutPath(command, path) {
  return path === undefined ? command : command.map((arg) => arg.replace(path, 'file'));
}
