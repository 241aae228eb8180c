import { Dictionary } from './dictionary.js';
import { readDocument } from './document.js';
import { countSkip, noSkips } from './skips.js';
import type { SkipCounts } from './skips.js';

/** Words in `IndexPart.documents` for each document: number, bytes, length, distinct terms. */
export const DOCUMENT_WORDS = 4;
/** Words in `IndexPart.postings` for each posting: the source's number of the term, its count. */
export const POSTING_WORDS = 2;
export const HASH_BYTES = 32;

/**
 * A part is shipped when it has this many postings, 128 KB or a tenth of a second's work: so much
 * that shipping does not count, so little that the last parts do not keep the merge waiting.
 */
const POSTINGS_PER_PART = 16 << 10;
/** ... or this many documents, so that a folder of tiny files is reported on and merged in time. */
const DOCUMENTS_PER_PART = 128;

/**
 * What one worker found since its last part. Flat, so that a copy or a transfer to another thread
 * is a few memory copies and not a walk over thousands of objects. Postings are grouped by document
 * and documents by number: the merge needs no sorting.
 */
export interface IndexPart {
  /** Whose numbers of terms these are. */
  readonly source: number;
  /** Terms numbered since this source's last part, packed; undefined if the numbers are shared. */
  readonly terms: string | undefined;
  readonly documents: Uint32Array<ArrayBuffer>;
  readonly hashes: Uint8Array<ArrayBuffer>;
  readonly postings: Uint32Array<ArrayBuffer>;
  readonly skipped: SkipCounts;
}

/** Where one worker collects its documents until a part is full. */
export class PartialIndex {
  readonly #source: number;
  readonly #dictionary: Dictionary;
  readonly #shipsTerms: boolean;
  readonly #skipped = noSkips();
  #documents: number[] = [];
  #postings: number[] = [];
  #hashes: Uint8Array[] = [];
  #termsShipped = 0;

  /** @param shared the merger's own, if both are on one thread: then no terms are shipped. */
  constructor(source: number, shared?: Dictionary) {
    this.#source = source;
    this.#dictionary = shared ?? new Dictionary();
    this.#shipsTerms = shared === undefined;
  }

  get isFull(): boolean {
    return (
      this.#postings.length >= POSTINGS_PER_PART * POSTING_WORDS ||
      this.#documents.length >= DOCUMENTS_PER_PART * DOCUMENT_WORDS
    );
  }

  /** Reads the file and adds it as document `id`; one that cannot be indexed is counted. */
  addFile(id: number, path: string, isStopped: () => boolean): void {
    const result = readDocument(path, isStopped);
    if (result.kind === 'skipped') countSkip(this.#skipped, result.reason);
    if (result.kind !== 'text') return;
    let length = 0;
    for (const [term, count] of result.counts) {
      const known = this.#dictionary.find(term);
      this.#postings.push(known ?? this.#dictionary.add(copyOf(term)), count);
      length += count;
    }
    this.#documents.push(id, result.bytes, length, result.counts.size);
    this.#hashes.push(result.sha256);
  }

  /** Hands out what was collected and starts anew. The numbers of known terms stay as they are. */
  take(): IndexPart {
    const part = {
      source: this.#source,
      terms: this.#newTerms(),
      documents: new Uint32Array(this.#documents),
      hashes: joined(this.#hashes),
      postings: new Uint32Array(this.#postings),
      skipped: this.#skipped.slice(),
    };
    this.#documents = [];
    this.#postings = [];
    this.#hashes = [];
    this.#skipped.fill(0);
    return part;
  }

  #newTerms(): string | undefined {
    if (!this.#shipsTerms) return undefined;
    const fresh = this.#dictionary.packed(this.#termsShipped);
    this.#termsShipped = this.#dictionary.size;
    return fresh;
  }
}

/**
 * A string cut out of another one keeps all of that in memory: a word in the dictionary would keep
 * the file it was first met in. A copy keeps nothing.
 */
function copyOf(term: string): string {
  return Buffer.from(term).toString();
}

/** The larger buffers of a part: a thread that ships it gives them away instead of copying them. */
export function buffersOf({ documents, hashes, postings }: IndexPart): ArrayBuffer[] {
  return [documents.buffer, hashes.buffer, postings.buffer];
}

function joined(hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, i) => all.set(hash, i * HASH_BYTES));
  return all;
}
