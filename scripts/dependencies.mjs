// Installs what a package-lock.json says: the project's own dependencies, and those of the folders
// that only one command needs.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { npmCommand, root, runQuietly } from './commands.mjs';

/**
 * Compares a folder's package-lock.json with npm's own record of what it installed, so that a plain
 * `npm install` counts too. Packages for other platforms are optional and stay absent.
 */
export function dependenciesAreStale(folder = '.') {
  const record = join(root, folder, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return true;
  const wanted = JSON.parse(readFileSync(join(root, folder, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).some(([path, { version, integrity, optional }]) => {
    if (path === '') return false;
    const found = present[path];
    return found ? found.version !== version || found.integrity !== integrity : !optional;
  });
}

/** Takes from npm's cache what it has, and the rest from the registry. */
export function installDependencies(folder = '.') {
  const [command, ...args] = npmCommand();
  const flags = ['--no-audit', '--no-fund', '--prefer-offline'];
  runQuietly(command, [...args, 'ci', ...flags, '--prefix', join(root, folder)]);
}
