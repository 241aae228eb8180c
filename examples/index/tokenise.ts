import { isAscii } from 'node:buffer';
import { stemmer } from 'stemmer';

/** Single letters say nothing about a document. In UTF-16 code units, as the next one. */
export const MIN_WORD_LENGTH = 2;

/** Longer words are hashes, encoded data and minified code, which would swell the dictionary. */
export const MAX_WORD_LENGTH = 40;

/** Letters, digits, and the marks that combine with them. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/**
 * Where a word of code is two: before a capital that follows a small letter or digit, and before
 * the last capital of several that a small letter follows (`parseHTML`, `HTMLParser`).
 */
const INSIDE_IDENTIFIER = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/** How many words are counted between two questions whether to stop: some 10 ms of work. */
const WORDS_PER_QUESTION = 10_000;

/** How often each term occurs. */
export type TermCounts = Map<string, number>;

/** The text of a document, in the form in which its words are compared. */
export function decode(bytes: Buffer): string {
  const text = bytes.toString();
  // Nearly all files of a folder of source code are ASCII, to which normalising does nothing.
  return isAscii(bytes) ? text : text.normalize('NFKC');
}

/**
 * Splits a decoded text into words and counts their stems: "promises" and "promised" both count as
 * "promis". An identifier counts as itself and as its parts, so that "cancel" finds `cancelTimer`.
 * The stemmer is Porter's, from the package `stemmer`: among those that do the same, the one that
 * is maintained, typed and free of dependencies.
 *
 * @returns undefined when `isStopped` said so in the middle of the text
 */
export function countTerms(text: string, isStopped: () => boolean): TermCounts | undefined {
  const counts: TermCounts = new Map();
  let words = 0;
  for (const [word] of text.matchAll(WORD)) {
    if (++words % WORDS_PER_QUESTION === 0 && isStopped()) return undefined;
    if (word.length < MIN_WORD_LENGTH || word.length > MAX_WORD_LENGTH) continue;
    count(counts, word);
    const parts = word.split(INSIDE_IDENTIFIER);
    if (parts.length === 1) continue;
    for (const part of parts) if (part.length >= MIN_WORD_LENGTH) count(counts, part);
  }
  return counts;
}

function count(counts: TermCounts, word: string): void {
  const term = stemmer(word.toLowerCase());
  counts.set(term, (counts.get(term) ?? 0) + 1);
}

/** The terms of a short text, such as a query or a line of a document, and their counts. */
export function tokenise(text: string): TermCounts {
  return countTerms(decode(Buffer.from(text)), () => false) ?? new Map();
}
