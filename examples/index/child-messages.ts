import type { Hit } from './bm25.js';
import type { Totals } from './index-merger.js';

export const WAY_NAMES = ['single', 'worker_threads', 'gosched'] as const;
export type WayName = (typeof WAY_NAMES)[number];

/** What a child process is to build. It travels as JSON, as its only argument. */
export interface ChildJob {
  readonly way: WayName;
  readonly folder: string;
  readonly workers: number;
  readonly query: string;
}

export type ToChild = { readonly kind: 'cancel' };

export interface WayResult {
  /** From the start of the walk to the finished index, starting threads included. */
  readonly seconds: number;
  readonly peakMegabytes: number;
  readonly totals: Totals;
  readonly terms: number;
  readonly postings: number;
  readonly digest: string;
  readonly hits: readonly Hit[];
}

export type FromChild =
  | { readonly kind: 'progress'; readonly totals: Totals }
  | { readonly kind: 'cancelled'; readonly totals: Totals }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done'; readonly result: WayResult };
