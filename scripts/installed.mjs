// Whether what a lock file names is what lies in node_modules beside it, and making it so.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { npmCommand, runQuietly } from './commands.mjs';

/**
 * Compares package-lock.json with npm's own record of what it installed, so that a plain
 * `npm install` counts too. Packages for other platforms are optional and stay absent.
 */
export function installIsStale(folder) {
  const record = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return true;
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).some(([path, { version, integrity, optional }]) => {
    if (path === '') return false;
    const found = present[path];
    return found ? found.version !== version || found.integrity !== integrity : !optional;
  });
}

/**
 * Takes from npm's cache what it has, and the rest from the registry.
 *
 * Not by `npm ci`: that refuses a lock file without the optional packages for other platforms, which not
 * every registry has. The versions are the lock file's all the same, and it stays as it is.
 */
export function install(folder) {
  const [command, ...args] = npmCommand();
  const flags = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline'];
  runQuietly(command, [...args, 'install', ...flags, '--prefix', folder]);
}
