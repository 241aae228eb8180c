import { createHash } from 'node:crypto';

import { readTextFile } from './text-file.js';
import { countTerms, decode } from './tokenise.js';
import type { SkipReason } from './skips.js';
import type { TermCounts } from './tokenise.js';

export type DocumentResult =
  | {
      readonly kind: 'text';
      readonly bytes: number;
      readonly sha256: Uint8Array;
      readonly counts: TermCounts;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'stopped' };

/**
 * The work on one file, the same in all three ways: read, hash, decode, split, stem, count.
 *
 * @param isStopped asked now and then, so that a large file does not delay a cancellation
 */
export function readDocument(path: string, isStopped: () => boolean): DocumentResult {
  const reading = readTextFile(path);
  if (reading.kind === 'skipped') return reading;
  const { content } = reading;
  const counts = countTerms(decode(content), isStopped);
  if (counts === undefined) return { kind: 'stopped' };
  const sha256 = createHash('sha256').update(content).digest();
  return { kind: 'text', bytes: content.length, sha256, counts };
}
