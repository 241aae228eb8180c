import { Dictionary, unpackTerms } from './dictionary.js';
import { InvertedIndex } from './inverted-index.js';
import { DOCUMENT_WORDS, HASH_BYTES, POSTING_WORDS } from './partial-index.js';
import { addSkips, noSkips } from './skips.js';
import type { DocumentEntry } from './inverted-index.js';
import type { IndexPart } from './partial-index.js';

/** How far a build has come. */
export interface Totals {
  files: number;
  bytes: number;
  skipped: number[];
}

/** Where in the parts the postings of a document are. */
interface Place {
  readonly postings: Uint32Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Puts the parts of all workers together, in whatever order they arrive.
 *
 * This is the serial part of the build, so it is made small: while parts arrive, each new term
 * costs one look-up and each posting one addition; at the end each posting is written once.
 */
export class IndexMerger {
  readonly dictionary = new Dictionary();
  /** The path of each document, filled by the walk. */
  readonly paths: string[] = [];
  /** Left out so far, by the walk and by the workers. */
  readonly skipped = noSkips();

  /** For each source: its number of a term -> ours. */
  readonly #numbers: number[][] = [];
  /** For each term, the number of documents that have it. */
  readonly #frequencies: number[] = [];
  readonly #documents: (DocumentEntry | undefined)[] = [];
  readonly #places: (Place | undefined)[] = [];
  #files = 0;
  #bytes = 0;
  #postings = 0;

  add(part: IndexPart): void {
    if (part.terms !== undefined) this.#renumber(part.source, part.terms, part.postings);
    for (let at = 0; at < part.postings.length; at += POSTING_WORDS) {
      const term = part.postings[at]!;
      this.#frequencies[term] = (this.#frequencies[term] ?? 0) + 1;
    }
    this.#addDocuments(part);
    this.#postings += part.postings.length / POSTING_WORDS;
    addSkips(this.skipped, part.skipped);
  }

  totals(): Totals {
    return { files: this.#files, bytes: this.#bytes, skipped: [...this.skipped] };
  }

  /** Replaces the source's term numbers by ours, in place: the part belongs to us now. */
  #renumber(source: number, terms: string, postings: Uint32Array): void {
    const numbers = (this.#numbers[source] ??= []);
    for (const term of unpackTerms(terms)) {
      numbers.push(this.dictionary.find(term) ?? this.dictionary.add(term));
    }
    for (let at = 0; at < postings.length; at += POSTING_WORDS) {
      postings[at] = numbers[postings[at]!]!;
    }
  }

  #addDocuments({ documents, hashes, postings }: IndexPart): void {
    let start = 0;
    for (let i = 0; i * DOCUMENT_WORDS < documents.length; i++) {
      const at = i * DOCUMENT_WORDS;
      const id = documents[at]!;
      const bytes = documents[at + 1]!;
      const end = start + documents[at + 3]! * POSTING_WORDS;
      const sha256 = hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      this.#documents[id] = { bytes, length: documents[at + 2]!, sha256 };
      this.#places[id] = { postings, start, end };
      start = end;
      this.#files++;
      this.#bytes += bytes;
    }
  }

  /**
   * The finished index: postings grouped by term. Going through the documents by number leaves each
   * term's postings in that order, whoever indexed them.
   */
  finish(): InvertedIndex {
    const offsets = offsetsFrom(this.#frequencies, this.dictionary.size);
    const documents = new Uint32Array(this.#postings);
    const counts = new Uint32Array(this.#postings);
    const next = offsets.slice();
    for (let id = 0; id < this.#places.length; id++) {
      const place = this.#places[id];
      if (place === undefined) continue;
      for (let at = place.start; at < place.end; at += POSTING_WORDS) {
        const term = place.postings[at]!;
        const slot = next[term]!;
        next[term] = slot + 1;
        documents[slot] = id;
        counts[slot] = place.postings[at + 1]!;
      }
    }
    this.#places.length = 0;
    const postings = { offsets, documents, counts };
    return new InvertedIndex(this.dictionary, postings, this.#documents, this.paths);
  }
}

/** Where each term's postings start; one more element says where the last ones end. */
function offsetsFrom(frequencies: readonly number[], terms: number): Uint32Array {
  const offsets = new Uint32Array(terms + 1);
  for (let term = 0; term < terms; term++) {
    offsets[term + 1] = offsets[term]! + (frequencies[term] ?? 0);
  }
  return offsets;
}
