// Installs what the benchmarks hold gosched against, and what draws their charts, into
// bench/peers/node_modules. A lock file of its own keeps it out of `npm install`: ten pools and a
// second Node.js are no business of who only builds the project.

import { join } from 'node:path';

import { npmCommand, root, runQuietly } from './commands.mjs';
import { installIsStale } from './installed.mjs';

const folder = join(root, 'bench', 'peers');

/** Says so on stderr when there is something to install, which takes half a minute. */
export function ensurePeers() {
  if (!installIsStale(folder)) return;
  const start = performance.now();
  process.stderr.write('installing the peers (bench/peers, 300 MB with a second Node.js)... ');
  const [command, ...args] = npmCommand();
  runQuietly(command, [...args, 'ci', '--prefix', folder, '--no-audit', '--no-fund']);
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
