import { readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';

import { countSkip } from './skips.js';
import type { SkipCounts } from './skips.js';

/**
 * The regular files below `folder`, as paths relative to it with `/` between the parts.
 *
 * The order is that of the names' UTF-16 code units, folder by folder, so that two walks of the
 * same folder number its files alike. Only the entries of the folders on the way down to the
 * current file are held. Symbolic links are not followed, which also rules out cycles; pipes,
 * sockets and devices are left out because opening one may block for ever.
 */
export function* walk(folder: string, skips: SkipCounts): Generator<string, void, void> {
  const open = [entriesOf(folder, '', skips)];
  for (let deepest = open.at(-1); deepest !== undefined; deepest = open.at(-1)) {
    const step = deepest.next();
    if (step.done === true) open.pop();
    else if (step.value.isFolder) open.push(entriesOf(folder, step.value.path, skips));
    else yield step.value.path;
  }
}

interface Entry {
  readonly path: string;
  readonly isFolder: boolean;
}

function* entriesOf(root: string, folder: string, skips: SkipCounts): Generator<Entry, void, void> {
  for (const entry of sortedEntries(join(root, folder), skips)) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield { path, isFolder: true };
    else if (entry.isFile()) yield { path, isFolder: false };
    else countSkip(skips, entry.isSymbolicLink() ? 'symbolic link' : 'special file');
  }
}

function sortedEntries(path: string, skips: SkipCounts): Dirent[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  } catch {
    countSkip(skips, 'unreadable folder');
    return [];
  }
}
