// npm run faults [-- --kills 1000 --seed N]: kills isolates at random moments under load, in one process
// after the other, and counts what became of every value, goroutine and thread. The program is
// test/lifecycle/fixtures/faults/load.mjs; its head says what is counted.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';

import { Failure, root, runMain } from './commands.mjs';
import { ensure } from './ensure.mjs';

const load = join(root, 'test/lifecycle/fixtures/faults/load.mjs');
/** In one process: enough that one death meets what another has left, few enough to repeat a failure. */
const KILLS_EACH = 50;
/** What goroutines are at when they are killed: everything at once, or one thing. */
const WHATS = ['all', 'send', 'recv', 'select', 'lock', 'timer', 'spawn', 'encode'];

/** Runs the load once. Gives what it counted, and its exit status. */
export function runLoad(args, { onSample, signal } = {}) {
  const child = spawn(process.execPath, [load, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  let output = '';
  let verdict;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (output + text).split('\n');
    output = lines.pop();
    for (const line of lines) {
      if (line.startsWith('sample ')) onSample?.(JSON.parse(line.slice('sample '.length)));
      else if (line.startsWith('{')) verdict = JSON.parse(line);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, ended) => resolve({ status: code ?? ended, ...verdict }));
  });
}

async function main() {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '1000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  if (!(kills > 0) || !Number.isInteger(seed)) throw new Failure('npm run faults -- --kills N --seed N');
  await ensure();
  console.log(`${kills} kills, seed ${seed}, Node.js ${process.version}`);
  const columns = ['kills', 'died', 'sent', 'results', 'withTheDead', 'unrecorded', 'lost', 'duplicated', 'hung', 'threadsLeft'];
  const table = new Table({ head: ['at', ...columns, 'status'] });
  const total = Object.fromEntries(columns.map((name) => [name, 0]));
  let failed = 0;
  for (let run = 0; run * KILLS_EACH < kills; run++) {
    const each = Math.min(KILLS_EACH, kills - run * KILLS_EACH);
    const what = WHATS[run % WHATS.length];
    const args = ['--kills', `${each}`, '--seed', `${seed + run}`, '--what', what];
    const verdict = await runLoad(args);
    columns.forEach((name) => (total[name] += verdict[name] ?? 0));
    table.push([what, ...columns.map((name) => verdict[name] ?? '?'), verdict.status]);
    if (verdict.status !== 0) {
      failed++;
      console.log(`failed: node ${load.slice(root.length)} ${args.join(' ')}`);
      console.log(JSON.stringify(verdict, undefined, 2));
    } else if (process.stdout.isTTY) process.stdout.write(`\r${total.kills} kills `);
    else console.log(`${total.kills} kills`);
  }
  table.push(['total', ...columns.map((name) => total[name]), failed === 0 ? 0 : `${failed} failed`]);
  console.log(`\n${table}`);
  console.log(
    `${total.kills} random kills: ${total.lost} lost, ${total.duplicated} duplicated, ${total.hung} hung`,
  );
  return failed === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) await runMain(main);
