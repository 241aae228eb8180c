import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

import type { SkipReason } from './skips.js';

/** Larger files are data rather than text worth ranking. A file is held in memory as a whole. */
export const MAX_FILE_BYTES = 16 << 20;

/** Git's rule of thumb: a NUL byte early in a file means that it is not text. */
const BINARY_PROBE_BYTES = 8 << 10;

/** One for each thread: a thread reads one file at a time, and never waits while it does. */
const probe = Buffer.allocUnsafeSlow(BINARY_PROBE_BYTES);

export type Reading =
  | { readonly kind: 'text'; readonly content: Buffer }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** Reads a text file. Failures of the file system are results, not exceptions. */
export function readTextFile(path: string): Reading {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    // First, so that a large binary is called what it is, and is not read.
    const probed = readSync(fd, probe, 0, BINARY_PROBE_BYTES, 0);
    if (probe.subarray(0, probed).includes(0)) return { kind: 'skipped', reason: 'binary' };
    if (fstatSync(fd).size > MAX_FILE_BYTES) return { kind: 'skipped', reason: 'too large' };
    return { kind: 'text', content: readFileSync(fd) };
  } catch (error) {
    return { kind: 'skipped', reason: reasonFor(error) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function reasonFor(error: unknown): SkipReason {
  const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isGone ? 'vanished' : 'unreadable';
}
