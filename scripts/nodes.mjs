// The Node.js lines the tests can be run with. They are npm packages with the binary in them, one for
// each platform, listed in scripts/nodes/package.json: a folder of its own, so that only who asks for
// them downloads them (200 MB). Versions are pinned; some platforms have no newer one of a line.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { Failure, root } from './commands.mjs';
import { dependenciesAreStale, installDependencies } from './dependencies.mjs';

const folder = 'scripts/nodes';
const platform = `${process.platform}-${process.arch}`;

/** Every line the package supports, the oldest first. */
export const nodeLines = ['20', '22', '24', '26'];

/** The line of the Node that runs this. */
export const ownLine = process.versions.node.split('.')[0];

export function nodesAreStale() {
  return dependenciesAreStale(folder) || missing().length > 0;
}

export function installNodes() {
  let output = '';
  try {
    installDependencies(folder);
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
 * The Node of a line: its binary, its version, and an environment in which `node` means it. It must
 * have been installed (`ensure({ nodes: true })`).
 */
export function nodeOf(line) {
  const found = packagePath(packageOf(line));
  const { bin } = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8'));
  const path = join(found, bin.node);
  const { stdout, error, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  if (!stdout) {
    const reason = error?.message ?? stderr.trim();
    throw new Failure(
      `${path} does not run here: ${reason}\nThe packages for Linux are made for glibc. ${otherWay(line)}`,
    );
  }
  const env = { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env.PATH ?? ''}` };
  return { path, version: stdout.trim(), env };
}

/** Fails, before anything is downloaded, if there is no such line, or none for this machine. */
export function packageOf(line) {
  if (!nodeLines.includes(line)) {
    throw new Failure(`--node takes one of: ${nodeLines.join(', ')}, all`);
  }
  const name = `node-${line}-${platform}`;
  if (!Object.hasOwn(packages(), name)) {
    throw new Failure(`npm has no package of Node.js ${line} for ${platform}. ${otherWay(line)}`);
  }
  return name;
}

function packages() {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).optionalDependencies;
}

function packagePath(name) {
  return join(root, folder, 'node_modules', name);
}

function otherWay(line) {
  return `Install Node.js ${line} yourself and run npm test with it.`;
}
