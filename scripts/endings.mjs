// npm run endings [-- --nodes 20,22,24,26 --loads 1000]: runs every situation of docs/endings.md on each Node line, and
// writes the table there. Lines other than the one that runs this are installed to target/nodes from npm.
//
// npm run endings -- --peers: the same for other packages, at the versions in bench/peers, to stdout.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Failure, npmCommand, root, runMain, runQuietly, toolPath } from './commands.mjs';
import { ensure } from './ensure.mjs';
import { comparePeers } from './endings-peers.mjs';

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
  ['20 workers of the program import us and end', fixture('own-workers.mjs'), quiet],
  ['workers of the program are terminated while they wait', fixture('terminated-workers.mjs'), quiet],
  [
    `${loads} workers load the package and end or are terminated`,
    fixture('thousand-loads.mjs', loads),
    { code: 0, stdout: `${loads} ended, 3\n` },
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

/** The binary of a Node line. */
function nodeOf(line) {
  if (process.versions.node.startsWith(`${line}.`)) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(root, 'target', 'nodes', line);
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    const [command, ...args] = npmCommand();
    runQuietly(command, [...args, 'install', '--prefix', folder, '--no-save', `${name}@${line}`]);
  }
  return binary;
}

function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
}

async function table(lines, loads) {
  const nodes = lines.map(nodeOf);
  const head = ['Situation', 'Expected', ...nodes.map((node) => `Seen, Node.js ${versionOf(node)}`)];
  const rows = [head, head.map(() => '---')];
  let wrong = 0;
  for (const [name, args, expected, signal] of situationsOf(loads)) {
    const row = [name, textOf(expected)];
    for (const node of nodes) {
      const seen = await run(node, args, signal);
      const right = seen.code === expected.code && seen.stdout.includes(expected.stdout ?? '');
      row.push(right ? 'as expected' : `**${seen.code}**`);
      if (right) continue;
      wrong++;
      console.log(`${name}, ${versionOf(node)}: ${seen.code}\n${seen.stdout}${seen.stderr}`);
    }
    console.log(row.join(' | '));
    rows.push(row);
  }
  return { text: rows.map((row) => `| ${row.join(' | ')} |`).join('\n'), wrong };
}

/** Replaces what stands between the marks. */
function writeTable(text) {
  const file = join(root, 'docs', 'endings.md');
  const marks = /(<!-- npm run endings -->\n)[^]*(<!-- end -->)/;
  const before = readFileSync(file, 'utf8');
  if (!marks.test(before)) throw new Failure('docs/endings.md has no place for the table');
  writeFileSync(file, before.replace(marks, (_, start, end) => `${start}\n${text}\n\n${end}`));
}

await runMain(async () => {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '20,22,24,26' },
      peers: { type: 'boolean', default: false },
      loads: { type: 'string', default: '1000' },
    },
  });
  await ensure();
  if (values.peers) return comparePeers();
  const { text, wrong } = await table(values.nodes.split(','), values.loads);
  writeTable(text);
  console.log(wrong === 0 ? 'all as expected' : `${wrong} not as expected`);
  return wrong === 0 ? 0 : 1;
});
