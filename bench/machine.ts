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
  readonly peers: string;
  readonly compilers: string;
  readonly crates: string;
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
    peers: peerVersions().join(', '),
    compilers: [
      output('rustc', ['--version']) ?? 'no rustc on PATH',
      output('go', ['version'])?.replace('go version ', '') ?? 'no go on PATH',
    ].join(', '),
    crates: crateVersions().join(', '),
    commit: commit(),
    command,
  };
}

function versionOf(folder: string): string {
  const text = readFileSync(new URL(`${folder}package.json`, root), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** The npm packages of bench/peers, as its lock file has them. */
function peerVersions(): readonly string[] {
  const lock = JSON.parse(readFileSync(new URL('bench/peers/package-lock.json', root), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string } & Dependencies>>;
  };
  const { dependencies = {}, optionalDependencies = {} } = lock.packages[''] ?? {};
  const names = Object.keys({ ...dependencies, ...optionalDependencies });
  return names.map((name) => `${name} ${lock.packages[`node_modules/${name}`]?.version}`);
}

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The peers of the suite `native`, and the allocator, as its lock file has them. */
function crateVersions(): readonly string[] {
  const lock = readFileSync(new URL('bench/native/Cargo.lock', root), 'utf8');
  return ['tokio', 'crossbeam-channel', 'kanal', 'flume', 'mimalloc'].map((name) => {
    const found = new RegExp(`name = "${name}"\nversion = "(.*)"`).exec(lock);
    return `${name} ${found?.[1] ?? '?'}`;
  });
}

/** "-dirty" marks a work tree that is not what the commit says. */
function commit(): string {
  // Without optional locks: a benchmark must not get in the way of a git command.
  const args = ['--no-optional-locks', 'describe', '--always', '--dirty', '--exclude', '*'];
  return output('git', args) ?? 'unknown';
}

/** What a command says, if it is there and succeeds. */
function output(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

export function headerLines(header: Header): readonly string[] {
  return Object.entries(header).map(([name, value]) => `${name}: ${value}`);
}
