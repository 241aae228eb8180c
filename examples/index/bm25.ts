import { tokenise } from './tokenise.js';
import type { InvertedIndex } from './inverted-index.js';

/** How soon more occurrences of a term stop adding to the score; the usual value. */
const K1 = 1.2;
/** How much long documents are held back, from 0 (not) to 1 (in proportion); the usual value. */
const B = 0.75;

export interface Hit {
  readonly id: number;
  readonly score: number;
  readonly path: string;
}

/** The best `limit` documents for the words of `query`, by Okapi BM25; equal scores by number. */
export function search(index: InvertedIndex, query: string, limit: number): Hit[] {
  const scores = new Map<number, number>();
  const lengths = lengthsOf(index);
  for (const term of tokenise(query).keys()) addScores(index, term, lengths, scores);
  return [...scores]
    .sort(([idA, a], [idB, b]) => b - a || idA - idB)
    .slice(0, limit)
    .map(([id, score]) => ({ id, score, path: index.paths[id] ?? '' }));
}

interface Lengths {
  readonly documents: number;
  readonly average: number;
}

function lengthsOf(index: InvertedIndex): Lengths {
  let documents = 0;
  let total = 0;
  for (const document of index.documents) {
    if (document === undefined) continue;
    documents++;
    total += document.length;
  }
  return { documents, average: total / Math.max(documents, 1) };
}

function addScores(
  index: InvertedIndex,
  term: string,
  lengths: Lengths,
  scores: Map<number, number>,
): void {
  const { documents, counts } = index.postings;
  const { start, end } = index.postingsOf(term);
  const rarity = inverseDocumentFrequency(lengths.documents, end - start);
  for (let at = start; at < end; at++) {
    const id = documents[at]!;
    const count = counts[at]!;
    const relative = (index.documents[id]?.length ?? 0) / lengths.average;
    const weight = (count * (K1 + 1)) / (count + K1 * (1 - B + B * relative));
    scores.set(id, (scores.get(id) ?? 0) + rarity * weight);
  }
}

/** The form that stays positive for terms that most documents have. */
export function inverseDocumentFrequency(documents: number, withTerm: number): number {
  return Math.log(1 + (documents - withTerm + 0.5) / (withTerm + 0.5));
}
