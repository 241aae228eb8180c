/** Where and from what the numbers come: without it a number means nothing. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

/** The checkout, seen from build/bench. */
const root = new URL('../../', import.meta.url);

export interface Header {
  readonly date: string;
  readonly machine: string;
  readonly os: string;
  readonly node: string;
  readonly packages: string;
  readonly commit: string;
  readonly command: string;
}

export function headerFor(command: string): Header {
  const cpus = os.cpus();
  const memory = (os.totalmem() / 2 ** 30).toFixed(1);
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus[0]?.model ?? os.arch()}, ${cpus.length} cores, ${memory} GiB`,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    node: `${process.version} (V8 ${process.versions.v8})`,
    packages: `gosched ${versionOf('')}, tinybench ${versionOf('node_modules/tinybench/')}`,
    commit: commit(),
    command,
  };
}

function versionOf(folder: string): string {
  const text = readFileSync(new URL(`${folder}package.json`, root), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** "-dirty" marks a work tree that is not what the commit says. */
function commit(): string {
  try {
    // Without optional locks: a benchmark must not get in the way of a git command.
    const args = ['--no-optional-locks', 'describe', '--always', '--dirty', '--exclude', '*'];
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

export function headerLines(header: Header): readonly string[] {
  return Object.entries(header).map(([name, value]) => `${name}: ${value}`);
}
