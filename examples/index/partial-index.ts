import { readDocument } from './document.js';
import { GrowableUint32 } from './growable.js';
import { countSkip, noSkips } from './skips.js';
import { TermTable } from './term-table.js';
import { Tokeniser } from './tokenise.js';
import type { SkipCounts } from './skips.js';
import type { PackedTerms } from './term-table.js';

/** Words in `IndexPart.documents` for each document: number, bytes, length, distinct terms. */
export const DOCUMENT_WORDS = 4;
/** Words in `IndexPart.postings` for each posting: the source's number of the term, its count. */
export const POSTING_WORDS = 2;
export const HASH_BYTES = 32;

/** A part is shipped when it has this many postings (half a megabyte): some 50 files of source. */
const POSTINGS_PER_PART = 64 << 10;
/** ... or this many documents, so that a folder of tiny files is reported on and merged in time. */
const DOCUMENTS_PER_PART = 256;

/**
 * What one worker found since its last part. Flat, so that a copy or a transfer to another thread
 * is a few memory copies and not a walk over thousands of objects. Postings are grouped by document
 * and documents by number: the merge needs no sorting.
 */
export interface IndexPart {
  /** Whose numbers of terms these are. */
  readonly source: number;
  /** Terms numbered since this source's last part; undefined if the merger has them already. */
  readonly terms: PackedTerms | undefined;
  readonly documents: Uint32Array<ArrayBuffer>;
  readonly hashes: Uint8Array<ArrayBuffer>;
  readonly postings: Uint32Array<ArrayBuffer>;
  readonly skipped: SkipCounts;
}

/** Where one worker collects its documents until a part is full. */
export class PartialIndex {
  readonly #source: number;
  readonly #table: TermTable;
  readonly #shipsTerms: boolean;
  readonly #tokeniser: Tokeniser;
  readonly #documents = new GrowableUint32();
  readonly #postings = new GrowableUint32(POSTINGS_PER_PART * POSTING_WORDS);
  readonly #skipped = noSkips();
  #hashes: Uint8Array[] = [];
  #termsShipped = 0;

  /** @param shared the merger's own table, if both are on one thread: then no terms are shipped. */
  constructor(source: number, shared?: TermTable) {
    this.#source = source;
    this.#table = shared ?? new TermTable();
    this.#shipsTerms = shared === undefined;
    this.#tokeniser = new Tokeniser(this.#table);
  }

  get isFull(): boolean {
    return (
      this.#postings.length >= POSTINGS_PER_PART * POSTING_WORDS ||
      this.#documents.length >= DOCUMENTS_PER_PART * DOCUMENT_WORDS
    );
  }

  /** Reads the file and adds it as document `id`; one that cannot be indexed is counted. */
  addFile(id: number, path: string, isStopped: () => boolean): void {
    const before = this.#postings.length;
    const onTerm = (term: number, count: number): void => {
      this.#postings.push(term);
      this.#postings.push(count);
    };
    const result = readDocument(path, this.#tokeniser, onTerm, isStopped);
    if (result.kind === 'skipped') countSkip(this.#skipped, result.reason);
    if (result.kind !== 'text') return;
    const distinct = (this.#postings.length - before) / POSTING_WORDS;
    for (const word of [id, result.bytes, result.length, distinct]) this.#documents.push(word);
    this.#hashes.push(result.sha256);
  }

  /** Hands out what was collected and starts anew. The numbers of known terms stay as they are. */
  take(): IndexPart {
    const part = {
      source: this.#source,
      terms: this.#newTerms(),
      documents: this.#documents.toArray(),
      hashes: joined(this.#hashes),
      postings: this.#postings.toArray(),
      skipped: this.#skipped.slice(),
    };
    this.#documents.clear();
    this.#postings.clear();
    this.#skipped.fill(0);
    this.#hashes = [];
    return part;
  }

  #newTerms(): PackedTerms | undefined {
    if (!this.#shipsTerms) return undefined;
    const fresh = this.#table.packed(this.#termsShipped);
    this.#termsShipped = this.#table.size;
    return fresh;
  }
}

/** The larger buffers of a part: a thread that ships it gives them away instead of copying them. */
export function buffersOf({ terms, documents, hashes, postings }: IndexPart): ArrayBuffer[] {
  const flat = [documents.buffer, hashes.buffer, postings.buffer];
  return terms === undefined ? flat : [...flat, terms.bytes.buffer, terms.ends.buffer];
}

function joined(hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, i) => all.set(hash, i * HASH_BYTES));
  return all;
}
