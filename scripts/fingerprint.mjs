// Decides what is stale: a product carries a stamp, the hash of the files it was made from.
//
// Hashes rather than modification times, because a checkout, a stash or a restored cache changes
// the times of files that are the same, and keeps the times of files that are not.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { root } from './commands.mjs';

/**
 * The files below each path, sorted, as paths relative to the checkout. A path may be a file, a
 * folder or absent. `keep` sees each relative path with forward slashes.
 */
export function filesBelow(paths, keep = () => true) {
  const files = [];
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    const name = relative(root, path).replaceAll(sep, '/');
    if (stat?.isDirectory()) {
      for (const entry of readdirSync(path)) {
        if (entry !== 'node_modules' && entry !== 'target') visit(join(path, entry));
      }
    } else if (stat?.isFile() && keep(name)) {
      files.push(name);
    }
  };
  for (const path of paths) visit(join(root, path));
  return files.sort();
}

/** The hash of the files' names and contents, and of `also`. */
export function fingerprint(files, ...also) {
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  for (const text of also) hash.update(`\0${text}`);
  return hash.digest('hex');
}

/** What the stamp says, or undefined when it, or what lies beside it, is gone. */
export function readStamp(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

export function writeStamp(path, value) {
  writeFileSync(path, value);
}
