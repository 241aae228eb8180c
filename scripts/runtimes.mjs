// The runtimes that the tests can be run with: every line of Node.js, Bun, Deno. They are npm packages
// with the binary in them, one for each platform, listed in scripts/runtimes/package.json: a folder of
// its own, so that only who asks for them downloads them (250 MB). Versions are pinned; some platforms
// have no newer one of a line.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { Failure, root } from './commands.mjs';
import { install, installIsStale } from './installed.mjs';

const folder = join(root, 'scripts', 'runtimes');
const platform = `${process.platform}-${process.arch}`;
const suffix = process.platform === 'win32' ? '.exe' : '';

/** Every line of Node.js that the package supports, the oldest first. */
export const nodeLines = ['20', '22', '24', '26'];

/** The line of the Node that runs this. */
export const ownLine = process.versions.node.split('.')[0];

/** The others, and where in their packages the binary is. */
const binaries = { bun: `bin/bun${suffix}`, deno: `deno${suffix}` };

export const otherRuntimes = Object.keys(binaries);

export function runtimesAreStale() {
  return installIsStale(folder) || missing().length > 0;
}

export function installRuntimes() {
  let output = '';
  try {
    install(folder);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    output = `${error.message}\n`;
  }
  // npm takes no notice of a package that it could not get, if it is optional, as all are here.
  const names = missing();
  if (names.length === 0) return;
  throw new Failure(
    `${output}npm could not get ${names.join(', ')}: the registry must be reached once, then\n` +
      `they stay in ${folder}/node_modules. Without --node, npm test runs with the Node at hand.`,
  );
}

/** Those that there are for this machine, and are not installed. */
function missing() {
  const names = Object.keys(packages()).filter((name) => name.endsWith(platform));
  return names.filter((name) => !existsSync(join(packagePath(name), 'package.json')));
}

/**
 * A runtime, which must have been installed (`ensure({ runtimes: true })`): its binary, its version, and
 * an environment in which its name, `node`, means it.
 * @param name a line of Node.js, `bun` or `deno`
 */
export function runtimeOf(name) {
  const found = packagePath(packageOf(name));
  const binary = binaries[name] ?? JSON.parse(readFileSync(join(found, 'package.json'), 'utf8')).bin.node;
  const path = join(found, binary);
  const { stdout, error, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  if (!stdout) {
    const reason = error?.message ?? stderr.trim();
    const hint = `The packages for Linux are made for glibc. ${otherWay(name)}`;
    throw new Failure(`${path} does not run here: ${reason}\n${hint}`);
  }
  const [, version] = /(\d+\.\d+\.\d+)/.exec(stdout);
  const env = { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env.PATH ?? ''}` };
  return { path, version, env };
}

/** Fails, before anything is downloaded, if there is none for this machine. */
export function packageOf(runtime) {
  const name = `${nodeLines.includes(runtime) ? `node-${runtime}` : runtime}-${platform}`;
  if (!Object.hasOwn(packages(), name)) {
    throw new Failure(`npm has no package of ${shown(runtime)} for ${platform}. ${otherWay(runtime)}`);
  }
  return name;
}

function packages() {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).optionalDependencies;
}

function packagePath(name) {
  return join(folder, 'node_modules', name);
}

function shown(runtime) {
  return nodeLines.includes(runtime) ? `Node.js ${runtime}` : runtime;
}

function otherWay(runtime) {
  return nodeLines.includes(runtime) ? `Install Node.js ${runtime} yourself and run npm test with it.` : '';
}
