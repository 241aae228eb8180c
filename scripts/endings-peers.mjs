// What becomes of tasks in other packages, in situations of docs/endings.md: runs them, and writes the tables
// there and in README.md. Called by endings.mjs.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './commands.mjs';
import { markdown, writeBetween } from './markdown.mjs';
import { ensurePeers } from './peers.mjs';
import { runtimeOf } from './runtimes.mjs';

const folder = join(root, 'bench', 'peers');
const packages = ['gosched', 'piscina', 'tinypool', 'workerpool', 'poolifier', 'multithreading'];
/** One of the packages needs 22. */
const NODE = '24';
/** Longer than the scenario itself waits for what is pending, in milliseconds. */
const HANGS_AFTER = 60_000;
/** How long a process may take to end when it has nothing left to do. */
const ENDS_WITHIN = 8_000;

/** What is done to the thread of a task, or to the task, and what has to become of the task. */
const situations = {
  nothing: ['nothing happens', 'resolved'],
  exit: ['the task calls `process.exit`', 'rejected'],
  throw: ['a callback throws', 'rejected'],
  memory: ['out of memory', 'rejected'],
  terminate: ['its threads are terminated', 'rejected'],
  cancel: ['it computes on, and is cancelled', 'rejected'],
};

function versionOf(name) {
  const file = name === 'gosched' ? join(root, 'package.json') : join(folder, 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

function run(node, name, situation) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [join(folder, 'endings', 'scenario.mjs'), name, situation], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let hang = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      clearTimeout(hang);
      hang = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(hang);
      const line = stdout.split('\n').find((text) => text.startsWith('{'));
      resolve({ ...(line === undefined ? {} : JSON.parse(line)), code, signal });
    });
  });
}

const NOT_OFFERED = 'not offered';
const STAYS = 'the process does not end';

/** What was not as it should be. */
function problems(seen, expected) {
  if (seen.notOffered) return [NOT_OFFERED];
  const { victim, others, after, uncaught, code, signal } = seen;
  const found = [];
  if (victim === undefined) found.push(`the process died (${code ?? signal}) with everything in it`);
  else if (!victim.startsWith(expected)) found.push(`the task: ${victim.split(':')[0]}`);
  if (others?.split(',').some((other) => other !== '' && other !== 'resolved')) {
    const words = new Set(others.split(',').map((other) => other.split(':')[0]));
    found.push(`tasks beside it: ${[...words].join(' and ')}`);
  }
  if (after !== undefined && after !== 'resolved') found.push(`a task afterwards: ${after.split(':')[0]}`);
  if (uncaught !== undefined) found.push('an error that nothing can catch');
  if (victim !== undefined && signal !== null) found.push(STAYS);
  else if (victim !== undefined && code !== 0) found.push(`the process ends with ${code}`);
  return found;
}

/** The same in a word or two. */
function inShort(found) {
  if (found.every((problem) => problem === STAYS)) return found.length === 0 ? 'yes' : 'yes, once shut down';
  return found.includes(NOT_OFFERED) ? NOT_OFFERED : 'no';
}

/** Writes the tables. */
export async function comparePeers() {
  ensurePeers();
  const { path, version } = runtimeOf(NODE);
  console.log(`Node.js ${version}, ${process.platform} ${process.arch}`);
  const head = ['', ...packages.map((name) => `${name} ${versionOf(name)}`)];
  const [whole, short] = [[head], [head]];
  for (const [situation, [text, expected]] of Object.entries(situations)) {
    const cells = [];
    for (const name of packages) {
      const seen = await run(path, name, situation);
      const found = problems(seen, expected);
      cells.push(found);
      console.log(`${situation}, ${name}: ${found.join('; ') || 'as it should be'}\n  ${JSON.stringify(seen)}`);
    }
    whole.push([text, ...cells.map((found) => found.join('; ') || 'as it should be')]);
    short.push([text, ...cells.map(inShort)]);
  }
  writeBetween('docs/endings.md', 'npm run endings -- --peers', markdown(whole));
  writeBetween('README.md', 'npm run endings -- --peers', markdown(short));
  return 0;
}
