import { execFile } from 'node:child_process';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs npm, which must find everything on this machine.
 * @returns what it printed
 */
export async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  const own = process.env['npm_execpath'] ?? '';
  const script = /npm-cli\.c?js$/.test(own) ? own : undefined;
  const command = script === undefined ? 'npm' : process.execPath;
  const all = [...(script === undefined ? [] : [script]), ...args, '--offline', '--ignore-scripts'];
  const { stdout } = await run(command, all, { cwd, shell: script === undefined && onWindows });
  return stdout;
}

const onWindows = process.platform === 'win32';

/** The package as it would be published, and what a consumer's compiler needs beside it. */
export interface Packed {
  /** A folder of its own, with the tarballs. */
  readonly folder: string;
  readonly gosched: string;
  readonly others: readonly string[];
}

/** Packages that a consumer gets from the registry; here, packed again as they are installed. */
const others = ['acorn', '@types/node', 'undici-types'];

export async function pack(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'gosched-packed-'));
  const installed = others.map((name) => `./node_modules/${name}`);
  await npm('.', 'pack', '.', ...installed, '--pack-destination', folder, '--silent');
  const tarballs = (await readdir(folder)).map((name) => join(folder, name));
  const isOurs = (path: string): boolean => /gosched-\d[^/\\]*\.tgz$/.test(path);
  const [gosched, ...more] = tarballs.filter(isOurs);
  if (gosched === undefined || more.length > 0) throw new Error(`packed: ${tarballs.join(' ')}`);
  return { folder, gosched, others: tarballs.filter((path) => !isOurs(path)) };
}
