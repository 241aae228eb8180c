import { join } from 'node:path';

import { filesOf } from './path-batches.js';
import type { IndexMerger } from './index-merger.js';
import type { PartialIndex } from './partial-index.js';
import type { PathBatch } from './path-batches.js';

/** Batches of paths that may wait for each worker: enough that none runs dry while main merges. */
export const BATCHES_AHEAD = 2;

/** Parts that may wait to be merged, for each worker. A worker with more to ship waits. */
export const PARTS_AHEAD = 2;

/** What every way is given. It fills `merger`, whose totals can be read at any time. */
export interface Build {
  readonly folder: string;
  readonly workers: number;
  readonly merger: IndexMerger;
  /** When it aborts, the way stops its workers and returns early. */
  readonly signal: AbortSignal;
  /** To be called after each part that was merged. */
  readonly onPart: () => void;
}

export type Way = (build: Build) => Promise<void>;

/** Indexes the files of a batch; what cannot be indexed is counted. */
export function indexBatch(
  folder: string,
  batch: PathBatch,
  into: PartialIndex,
  isStopped: () => boolean,
): void {
  for (const [id, path] of filesOf(batch)) {
    if (isStopped()) return;
    into.addFile(id, join(folder, path), isStopped);
  }
}
