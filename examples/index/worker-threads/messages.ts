import type { IndexPart } from '../partial-index.js';
import type { PathBatch } from '../path-batches.js';

export interface WorkerSetup {
  readonly folder: string;
  /** The worker's number: its parts are marked with it. */
  readonly source: number;
}

export type ToWorker =
  | { readonly kind: 'batch'; readonly batch: PathBatch }
  /** A part was merged: one more may be sent. */
  | { readonly kind: 'credit' }
  /** There are no more batches. */
  | { readonly kind: 'end' };

export type FromWorker =
  /** A batch was indexed: one more may be sent. */
  | { readonly kind: 'more' }
  | { readonly kind: 'part'; readonly part: IndexPart }
  /** The last message: everything was shipped. */
  | { readonly kind: 'done' };
