import { isAscii } from 'node:buffer';
import { stemmer } from 'stemmer';

/** Single letters say nothing about a document. In UTF-16 code units, as the next one. */
export const MIN_WORD_LENGTH = 2;

/** Longer words are hashes, encoded data and minified code, which would swell the dictionary. */
export const MAX_WORD_LENGTH = 40;

/** Letters, digits, and the marks that combine with them. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** How many words are counted between two questions whether to stop: some 10 ms of work. */
const WORDS_PER_QUESTION = 10_000;

/** How often each term occurs. */
export type TermCounts = Map<string, number>;

/** The text of a document, in the form in which its words are compared. */
export function decode(bytes: Buffer): string {
  const text = bytes.toString();
  // Nearly all files of a folder of source code are ASCII, to which normalising does nothing.
  return (isAscii(bytes) ? text : text.normalize('NFKC')).toLowerCase();
}

/**
 * Splits a decoded text into words and counts their stems: "promises" and "promised" both count as
 * "promis". The stemmer is Porter's, from the package `stemmer`: among those that do the same, the
 * one that is maintained, typed and free of dependencies.
 *
 * @returns undefined when `isStopped` said so in the middle of the text
 */
export function countTerms(text: string, isStopped: () => boolean): TermCounts | undefined {
  const counts: TermCounts = new Map();
  let words = 0;
  for (const [word] of text.matchAll(WORD)) {
    if (++words % WORDS_PER_QUESTION === 0 && isStopped()) return undefined;
    if (word.length < MIN_WORD_LENGTH || word.length > MAX_WORD_LENGTH) continue;
    const term = stemmer(word);
    counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  return counts;
}

/** The terms of a short text, such as a query or a line of a document, and their counts. */
export function tokenise(text: string): TermCounts {
  return countTerms(decode(Buffer.from(text)), () => false) ?? new Map();
}
