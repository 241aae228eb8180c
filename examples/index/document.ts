import { createHash } from 'node:crypto';

import { readTextFile } from './text-file.js';
import type { Tokeniser } from './tokenise.js';
import type { SkipReason } from './skips.js';

export type DocumentResult =
  | {
      readonly kind: 'text';
      readonly bytes: number;
      /** Number of terms, repeated ones included. */
      readonly length: number;
      readonly sha256: Uint8Array;
    }
  | { readonly kind: 'skipped'; readonly reason: SkipReason }
  | { readonly kind: 'stopped' };

/**
 * The work on one file, the same in all three ways: read, hash, decode, split, normalise, count.
 * `onTerm` is called for each term of a document that was read to its end, and never otherwise.
 */
export function readDocument(
  path: string,
  tokeniser: Tokeniser,
  onTerm: (term: number, count: number) => void,
  isStopped: () => boolean,
): DocumentResult {
  const hash = createHash('sha256');
  const onBlock = (bytes: Buffer): void => {
    hash.update(bytes); // First: the tokeniser changes the bytes.
    tokeniser.push(bytes);
  };
  const reading = readTextFile(path, onBlock, isStopped);
  if (reading.kind !== 'text') {
    tokeniser.end(() => {});
    return reading;
  }
  const length = tokeniser.end(onTerm);
  return { kind: 'text', bytes: reading.bytes, length, sha256: hash.digest() };
}
