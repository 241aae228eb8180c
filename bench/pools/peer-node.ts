/** The Node.js that a peer runs on: this one, unless the peer needs a later one. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The first Node.js it loads on. */
const NEEDED: Readonly<Record<string, number>> = { multithreading: 22 };

/** @returns a path, or undefined for the one that runs us */
export function nodeFor(peer: string): string | undefined {
  const needed = NEEDED[peer];
  if (needed === undefined || Number(process.versions.node.split('.')[0]) >= needed) return undefined;
  const name = `node-${process.platform}-${process.arch}`;
  const require = createRequire(new URL('../../../bench/peers/package.json', import.meta.url));
  try {
    const node = join(dirname(require.resolve(`${name}/package.json`)), 'bin', 'node');
    if (existsSync(node)) return node;
  } catch {
    // Not installed: there is none for this platform.
  }
  throw new Error(`${peer} needs Node.js ${needed}, and npm has no ${name} here`);
}
