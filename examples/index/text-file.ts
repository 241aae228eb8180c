import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import type { SkipReason } from './skips.js';

/** A file is read in blocks of this size, so that memory does not grow with the largest file. */
export const BLOCK_BYTES = 1 << 20;

/** Larger files are data rather than text worth ranking; they are counted as "too large". */
export const MAX_FILE_BYTES = 64 << 20;

/** Git's rule of thumb: a NUL byte early in a file means that it is not text. */
const BINARY_PROBE_BYTES = 8 << 10;

/** One for each thread: a thread reads one file at a time, and never waits while it does. */
const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);

export type Reading =
  | { readonly kind: 'text'; readonly bytes: number }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'stopped' };

/**
 * Reads a text file block by block. `onBlock` must be done with the bytes when it returns, because
 * the next block overwrites them. Failures of the file system are results, not exceptions.
 *
 * @param isStopped asked before each block, so that a large file does not delay a cancellation.
 */
export function readTextFile(
  path: string,
  onBlock: (bytes: Buffer) => void,
  isStopped: () => boolean,
): Reading {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    return { kind: 'skipped', reason: reasonFor(error) };
  }
  try {
    return readOpenFile(fd, onBlock, isStopped);
  } finally {
    closeSync(fd);
  }
}

function readOpenFile(
  fd: number,
  onBlock: (bytes: Buffer) => void,
  isStopped: () => boolean,
): Reading {
  let bytes = 0;
  for (;;) {
    if (isStopped()) return { kind: 'stopped' };
    const filled = fillBlock(fd, bytes);
    if (typeof filled === 'string') return { kind: 'skipped', reason: filled };
    if (bytes === 0 && looksBinary(filled)) return { kind: 'skipped', reason: 'binary' };
    bytes += filled.length;
    if (filled.length > 0) onBlock(filled);
    if (filled.length < BLOCK_BYTES) return { kind: 'text', bytes };
  }
}

/** The next block, full unless the file ends in it: results must not depend on short reads. */
function fillBlock(fd: number, position: number): Buffer | SkipReason {
  try {
    if (position === 0 && fstatSync(fd).size > MAX_FILE_BYTES) return 'too large';
    let length = 0;
    while (length < BLOCK_BYTES) {
      const read = readSync(fd, block, length, BLOCK_BYTES - length, null);
      if (read === 0) break;
      length += read;
    }
    return block.subarray(0, length);
  } catch (error) {
    return reasonFor(error);
  }
}

function looksBinary(firstBlock: Buffer): boolean {
  return firstBlock.subarray(0, BINARY_PROBE_BYTES).includes(0);
}

function reasonFor(error: unknown): SkipReason {
  const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return isGone ? 'vanished' : 'unreadable';
}
