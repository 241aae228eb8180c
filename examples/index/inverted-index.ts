import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';

import type { TermTable } from './term-table.js';

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

/** Term -> the documents that contain it, and how often: a table of terms and three flat arrays. */
export class InvertedIndex {
  readonly table: TermTable;
  readonly postings: Postings;
  /** By document number; what was skipped has no entry. */
  readonly documents: readonly (DocumentEntry | undefined)[];
  readonly paths: readonly string[];

  constructor(
    table: TermTable,
    postings: Postings,
    documents: readonly (DocumentEntry | undefined)[],
    paths: readonly string[],
  ) {
    this.table = table;
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
      // A term may come from a file that could not be read to its end, and have no postings.
      if (start === end) continue;
      hash.update(`${term} ${end - start}\n`);
      hash.update(documents.subarray(start, end));
      hash.update(counts.subarray(start, end));
    }
    return hash.digest('hex');
  }

  /** The documents with `term`, as the range of the postings that belongs to it. */
  postingsOf(term: string): { start: number; end: number } {
    const number = this.table.find(term);
    const { offsets } = this.postings;
    if (number === undefined) return { start: 0, end: 0 };
    return { start: offsets[number]!, end: offsets[number + 1]! };
  }

  get terms(): number {
    return this.table.size;
  }

  #sortedTerms(): [term: string, number: number][] {
    const terms = Array.from({ length: this.table.size }, (_, n) => this.table.term(n));
    const numbers = new Map(terms.map((term, number) => [term, number]));
    return terms.sort().map((term) => [term, numbers.get(term)!]);
  }

  #hashDocuments(hash: Hash): void {
    this.documents.forEach((document, id) => {
      if (document === undefined) return;
      hash.update(`${id} ${this.paths[id]} ${document.bytes} ${document.length}\n`);
      hash.update(document.sha256);
    });
  }
}
