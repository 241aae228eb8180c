// npm run endings [-- --nodes 20,22,24,26 --loads 1000]: runs every situation of docs/endings.md on each Node
// line, and writes the table there. The situation of so many loads is judged by its memory and threads, too,
// and has a table of its own.
//
// npm run endings -- --only load: the situations whose names contain that; the table's other rows stay as they
// are. It is not written if it is of other Nodes.
//
// npm run endings -- --peers: some of them for other packages, at the versions in bench/peers.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Failure, root, runMain, toolPath } from './commands.mjs';
import { ensure } from './ensure.mjs';
import { comparePeers } from './endings-peers.mjs';
import { FEWEST_SAMPLES, NAMES, judge } from './flat.mjs';
import { jestArgs, jestModes } from './jest.mjs';
import { markdown, rowsBetween, writeBetween } from './markdown.mjs';
import { nodeLines, ownLine, runtimeOf } from './runtimes.mjs';

const fixtures = join(root, 'test/lifecycle/fixtures');
/** A situation that takes so long hangs, in milliseconds. The longest is a thousand loads. */
const HANGS_AFTER = 15 * 60_000;

const fixture = (name, ...args) => [join(fixtures, name), ...args];
const quiet = { code: 0, stdout: 'end\n' };
const died = (reason) => ({ code: 0, stdout: `"reason":"${reason}"` });

/** What is done, how a process is run for it, and what is expected. `text` is what the table says. */
const situationsOf = (loads) => [
  ['ES module, top-level await', fixture('top-level-await.mjs'), quiet],
  ['ES module, nothing awaited', fixture('no-top-level-await.mjs'), quiet],
  ['CommonJS', fixture('common.cjs'), quiet],
  ['imported, not used', fixture('import-only.mjs'), quiet],
  ...[0, 20, 60, 100, 200].map((ms) => [
    `process.exit(5) on the main thread after ${ms} ms`,
    fixture('exits-anywhere.mjs', `${ms}`),
    { code: 5 },
  ]),
  ['SIGINT, all isolates computing', fixture('busy.mjs'), { code: 'SIGINT' }, 'SIGINT'],
  ['SIGTERM, all isolates computing', fixture('busy.mjs'), { code: 'SIGTERM' }, 'SIGTERM'],
  ['node --test', ['--test', join(fixtures, 'hosts/node.test.mjs')], { code: 0 }],
  ...['forks', 'threads'].map((pool) => [
    `vitest, ${pool}`,
    [toolPath('vitest', 'vitest.mjs'), 'run', '--root', join(fixtures, 'hosts'), '--pool', pool],
    { code: 0, stdout: '1 passed' },
  ]),
  ...Object.keys(jestModes).map((mode) => [`jest, ${mode}`, jestArgs(mode), { code: 0 }]),
  ['20 workers of the program import us and end', fixture('own-workers.mjs'), quiet],
  ['workers of the program are terminated while they wait', fixture('terminated-workers.mjs'), quiet],
  [
    `${loads} workers load the package and end or are terminated`,
    fixture('thousand-loads.mjs', loads),
    { code: 0, stdout: `${loads} ended, 3\n`, flat: true },
  ],
  ['a goroutine: process.exit(7)', fixture('endings.mjs', 'exit'), died('exit')],
  ['an error in a callback', fixture('endings.mjs', 'uncaught error'), died('uncaught')],
  ['a rejection that nobody handles', fixture('endings.mjs', 'unhandled rejection'), died('uncaught')],
  ['infinite recursion', fixture('endings.mjs', 'infinite recursion'), { code: 0, stdout: '"RangeError"' }],
  [
    'infinite recursion in a callback',
    fixture('endings.mjs', 'infinite recursion in a callback'),
    died('uncaught'),
  ],
  ['out of memory, with `resourceLimits`', fixture('endings.mjs', 'out of memory'), died('memory')],
  ['worker.terminate()', fixture('endings.mjs', 'terminate'), died('terminated')],
  [
    'worker.terminate() while it computes',
    fixture('endings.mjs', 'terminate while it computes'),
    died('terminated'),
  ],
  [
    'values handed to an isolate that is terminated before it looks',
    fixture('too-late-for-its-isolate.mjs'),
    { code: 0, stdout: '"received":[1,2,3,4,5,"s","c",null]' },
  ],
  [
    'isolates that do not come up',
    ['--require', join(fixtures, 'fails-in-workers.cjs'), ...fixture('no-isolate.mjs')],
    { code: 0, stdout: 'ERR_NO_ISOLATE' },
  ],
  ['stop: asked, killed', fixture('stop.mjs'), { code: 0, stdout: '"killed":"killed"' }],
  ['shutdown', fixture('shutdown.mjs'), { code: 0, stdout: '"local":"local"' }],
  ['idle isolates', fixture('idle.mjs'), { code: 0, stdout: 'still here\nleft behind\n' }],
  [
    '20 random kills under load',
    fixture('faults/load.mjs', '--kills', '20', '--seed', '1'),
    { code: 0, stdout: '"lost":0,"duplicated":0' },
  ],
];

/** What the table says is expected. */
function textOf({ code, stdout }) {
  const status = typeof code === 'number' ? `status ${code}` : code;
  const reason = /^"reason":"(\w+)"$/.exec(stdout ?? '');
  return reason === null ? status : `${status}, \`${reason[1]}\``;
}

/** Runs a program to its end. With a signal, sends it once the program computes. */
function run(node, args, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const hang = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER);
    let [stdout, stderr] = ['', ''];
    let left = signal;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      if (left === undefined || !stdout.includes('busy\nbusy\n')) return;
      child.kill(left);
      left = undefined;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code, ended) => {
      clearTimeout(hang);
      resolve({ code: code ?? ended, stdout, stderr });
    });
  });
}

/** The binary of a Node line, and its version: the Node at hand if it is of that line. */
function nodeOf(line) {
  if (line === ownLine) return { path: process.execPath, version: process.versions.node };
  return runtimeOf(line);
}

/** Whether memory and threads stayed flat in a run that printed samples of them. */
function judgeSamples(stdout) {
  const lines = stdout.split('\n').filter((line) => line.startsWith('sample '));
  const samples = lines.map((line) => JSON.parse(line.slice('sample '.length)));
  return samples.length < FEWEST_SAMPLES ? [] : judge(samples);
}

/** Runs the situations on each Node. Gives the table's rows, and what was measured where something was. */
async function runAll(situations, nodes) {
  const head = ['Situation', 'Expected', ...nodes.map(({ version }) => `Seen, Node.js ${version}`)];
  const rows = [head];
  const measured = [];
  let wrong = 0;
  for (const [name, args, expected, signal] of situations) {
    const row = [name, textOf(expected)];
    for (const { path, version } of nodes) {
      const seen = await run(path, args, signal);
      const judged = expected.flat ? judgeSamples(seen.stdout) : [];
      measured.push(...judged.map((it) => ({ ...it, version })));
      const grown = judged.filter(({ flat }) => !flat).map(({ key }) => `${key} grow`);
      const right = seen.code === expected.code && seen.stdout.includes(expected.stdout ?? '');
      row.push(right && grown.length === 0 ? 'as expected' : `**${right ? grown.join(', ') : seen.code}**`);
      if (right && grown.length === 0) continue;
      wrong++;
      console.log(`${name}, Node.js ${version}: ${seen.code}\n${seen.stdout}${seen.stderr}`);
    }
    console.log(row.join(' | '));
    rows.push(row);
  }
  return { rows, measured, wrong };
}

/** Writes the rows into the table in the document, where the others stay; in the order of the names. */
function writeRows([head, ...rows], names) {
  const mark = 'npm run endings';
  const isWhole = rows.length === names.length;
  const [oldHead, ...old] = isWhole ? [head] : rowsBetween('docs/endings.md', mark);
  if (oldHead?.join() !== head.join()) return console.log('docs/endings.md is of other Nodes, and stays as it is');
  const of = new Map([...old, ...rows].map((row) => [row[0], row]));
  const all = names.flatMap((name) => (of.has(name) ? [of.get(name)] : []));
  writeBetween('docs/endings.md', mark, markdown([head, ...all]));
}

/** A table of what was measured, the earlier part of the run before the later. */
function measuredTable(measured) {
  const head = ['Node.js', 'Measured', 'Second quarter', 'Last quarter'];
  const rows = measured.map(({ version, key, before, after }) => {
    const digits = key === 'megabytes' ? 1 : 0;
    return [version, NAMES[key], before.toFixed(digits), after.toFixed(digits)];
  });
  return markdown([head, ...rows]);
}

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: nodeLines.join() },
      peers: { type: 'boolean', default: false },
      loads: { type: 'string', default: '1000' },
      only: { type: 'string', default: '' },
    },
  });
  if (values.peers) {
    await ensure({ runtimes: true });
    return comparePeers();
  }
  const lines = values.nodes.split(',');
  await ensure({ runtimes: lines.some((line) => line !== ownLine), jest: true });
  const all = situationsOf(values.loads);
  const situations = all.filter(([name]) => name.includes(values.only));
  if (situations.length === 0) throw new Failure(`no situation's name contains ${values.only}`);
  const nodes = lines.map(nodeOf);
  const { rows, measured, wrong } = await runAll(situations, nodes);
  writeRows(rows, all.map(([name]) => name));
  if (measured.length > 0) {
    console.log(measuredTable(measured));
    writeBetween('docs/endings.md', 'npm run endings -- --only load', measuredTable(measured));
  }
  console.log(wrong === 0 ? 'all as expected' : `${wrong} not as expected`);
  return wrong === 0 ? 0 : 1;
});
