import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';

import type { Dictionary } from './dictionary.js';

export interface DocumentEntry {
  readonly bytes: number;
  readonly length: number;
  readonly sha256: Uint8Array;
}

/** Term `t` has the postings from `offsets[t]` to `offsets[t + 1]`, sorted by document number. */
export interface Postings {
  readonly offsets: Uint32Array;
  readonly documents: Uint32Array;
  readonly counts: Uint32Array;
}

/** Term -> the documents that contain it, and how often: a dictionary and three flat arrays. */
export class InvertedIndex {
  readonly dictionary: Dictionary;
  readonly postings: Postings;
  /** By document number; what was skipped has no entry. */
  readonly documents: readonly (DocumentEntry | undefined)[];
  readonly paths: readonly string[];

  constructor(
    dictionary: Dictionary,
    postings: Postings,
    documents: readonly (DocumentEntry | undefined)[],
    paths: readonly string[],
  ) {
    this.dictionary = dictionary;
    this.postings = postings;
    this.documents = documents;
    this.paths = paths;
  }

  /**
   * SHA-256 over everything in the index: the documents by number, and the terms sorted.
   * Two builds of one folder have the same digest however their work was divided.
   */
  digest(): string {
    const hash = createHash('sha256');
    this.#hashDocuments(hash);
    const { offsets, documents, counts } = this.postings;
    for (const [term, number] of this.#sortedTerms()) {
      const [start, end] = [offsets[number]!, offsets[number + 1]!];
      hash.update(`${term} ${end - start}\n`);
      hash.update(documents.subarray(start, end));
      hash.update(counts.subarray(start, end));
    }
    return hash.digest('hex');
  }

  /** The documents with `term`, as the range of the postings that belongs to it. */
  postingsOf(term: string): { start: number; end: number } {
    const number = this.dictionary.find(term);
    const { offsets } = this.postings;
    if (number === undefined) return { start: 0, end: 0 };
    return { start: offsets[number]!, end: offsets[number + 1]! };
  }

  get terms(): number {
    return this.dictionary.size;
  }

  #sortedTerms(): [term: string, number: number][] {
    const terms = [...this.dictionary.terms].sort();
    return terms.map((term) => [term, this.dictionary.find(term)!]);
  }

  #hashDocuments(hash: Hash): void {
    this.documents.forEach((document, id) => {
      if (document === undefined) return;
      hash.update(`${id} ${this.paths[id]} ${document.bytes} ${document.length}\n`);
      hash.update(document.sha256);
    });
  }
}
