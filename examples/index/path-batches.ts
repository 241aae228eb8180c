import { walk } from './walk.js';
import type { SkipCounts } from './skips.js';

/**
 * How many files travel in one message. A message costs a few microseconds and a file some
 * hundreds, so a handful of files hides the message; more would only make the last batches uneven.
 */
export const FILES_PER_BATCH = 16;

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
  for (const path of walk(folder, skips)) {
    paths.push(path);
    if (paths.length - firstId === FILES_PER_BATCH) {
      yield { firstId, paths: paths.slice(firstId).join(SEPARATOR) };
      firstId = paths.length;
    }
  }
  if (paths.length > firstId) yield { firstId, paths: paths.slice(firstId).join(SEPARATOR) };
}

/** The files of a batch: `[document number, relative path]`. */
export function filesOf(batch: PathBatch): [id: number, path: string][] {
  return batch.paths.split(SEPARATOR).map((path, i) => [batch.firstId + i, path]);
}
