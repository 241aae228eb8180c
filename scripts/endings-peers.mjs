// What becomes of tasks in other packages, in the situations of docs/endings.md. Called by endings.mjs.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';

import { root } from './commands.mjs';
import { ensurePeers } from './peers.mjs';

const folder = join(root, 'bench', 'peers');
const packages = ['gosched', 'piscina', 'tinypool', 'workerpool', 'poolifier', 'multithreading'];
const situations = ['nothing', 'exit', 'throw', 'memory', 'terminate', 'cancel'];
/** Longer than the scenario itself waits for what is pending. */
const HANGS_AFTER = 30_000;

function versionOf(name) {
  const file = name === 'gosched' ? join(root, 'package.json') : join(folder, 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

function run(name, situation) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'endings', 'scenario.mjs'), name, situation], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const hang = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(hang);
      const line = stdout.split('\n').find((text) => text.startsWith('{'));
      resolve({ ...(line === undefined ? {} : JSON.parse(line)), ending: code ?? 'does not end' });
    });
  });
}

/** Prints the table. */
export async function comparePeers() {
  ensurePeers();
  console.log(`Node.js ${process.version}, ${process.platform} ${process.arch}`);
  for (const situation of situations) {
    const table = new Table({
      head: [situation, 'the task', 'others', 'afterwards', 'uncaught', 'the process'],
      colWidths: [24, 40, 24, 14, 20, 16],
      wordWrap: true,
    });
    for (const name of packages) {
      const { victim, others, after, uncaught, ending } = await run(name, situation);
      const none = 'nothing printed';
      table.push([`${name} ${versionOf(name)}`, victim ?? none, others ?? none, after ?? none, uncaught ?? '', `${ending}`]);
    }
    console.log(`${table}`);
  }
  return 0;
}
