import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { walk } from './walk.js';
import type { SkipCounts } from './skips.js';

/**
 * How many files travel in one message at most. A message costs some microseconds and a file
 * hundreds, so a handful of files hides the message; more would only make the last batches uneven.
 */
export const FILES_PER_BATCH = 16;

/** A batch ends with the file that reaches this many bytes: 25 ms of work, for the same reason. */
export const BYTES_PER_BATCH = 256 << 10;

/** Some consecutive files of the walk. One string is cheaper to copy than an array of strings. */
export interface PathBatch {
  /** The document number of the first file; the others follow it. */
  readonly firstId: number;
  /** Relative paths joined by NUL, the one character that no path can contain. */
  readonly paths: string;
}

const SEPARATOR = '\0';

/**
 * Walks `folder` and numbers its files in the order of the walk, so that a document's number does
 * not depend on which worker indexes it. Every path is also appended to `paths`, where the hits
 * are looked up at the end.
 */
export function* pathBatches(
  folder: string,
  paths: string[],
  skips: SkipCounts,
): Generator<PathBatch, void, void> {
  let firstId = paths.length;
  let bytes = 0;
  for (const path of walk(folder, skips)) {
    paths.push(path);
    bytes += sizeOf(join(folder, path));
    if (bytes < BYTES_PER_BATCH && paths.length - firstId < FILES_PER_BATCH) continue;
    yield { firstId, paths: paths.slice(firstId).join(SEPARATOR) };
    firstId = paths.length;
    bytes = 0;
  }
  if (paths.length > firstId) yield { firstId, paths: paths.slice(firstId).join(SEPARATOR) };
}

/** 0 for a file that is gone or out of reach: whoever reads it will say so. */
function sizeOf(path: string): number {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
}

/** The files of a batch: `[document number, relative path]`. */
export function filesOf(batch: PathBatch): [id: number, path: string][] {
  return batch.paths.split(SEPARATOR).map((path, i) => [batch.firstId + i, path]);
}
