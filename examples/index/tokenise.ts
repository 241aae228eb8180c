import { GrowableUint32 } from './growable.js';
import { hashByte, hashBytes, HASH_SEED, TermTable } from './term-table.js';
import { wordsOf } from './word-characters.js';

/** Single ASCII characters say nothing about a document. In UTF-8 bytes. */
export const MIN_TERM_BYTES = 2;

/** Longer runs are hashes, encoded data and minified code, which would swell the dictionary. */
export const MAX_TERM_BYTES = 40;

/** A run that may go on in the next block is kept if it is no longer than this, or else cut. */
const MAX_CARRY_BYTES = 64 << 10;

const SEPARATOR = 0;
const NOT_ASCII = 0x80;

/** What becomes of each byte: letters in lower case, digits, bytes of longer characters; or 0. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= NOT_ASCII) return byte;
  const character = String.fromCharCode(byte).toLowerCase();
  return /[a-z0-9]/.test(character) ? character.charCodeAt(0) : SEPARATOR;
});

/**
 * Turns the bytes of documents into term counts: split where no letter or digit is, normalise
 * (NFKC), lower-case, count.
 *
 * ASCII words, nearly all of them in a folder of source code, are folded and looked up as bytes.
 * Only runs with other characters become strings, for Unicode's rules.
 */
export class Tokeniser {
  readonly #table: TermTable;
  /** By term number: how often it occurs in the current document. */
  readonly #counts = new GrowableUint32();
  /** The terms of the current document, each once. */
  readonly #terms = new GrowableUint32();
  #length = 0;
  #carry: Buffer | undefined;

  constructor(table: TermTable) {
    this.#table = table;
  }

  /** The next bytes of the document. They are folded to lower case in place. */
  push(block: Uint8Array): void {
    const bytes = this.#carry === undefined ? block : Buffer.concat([this.#carry, block]);
    const rest = this.#scan(bytes);
    this.#carry = undefined;
    const start = bytes.length - rest.length;
    if (rest.length > MAX_CARRY_BYTES) this.#endRun(bytes, start, bytes.length);
    else if (rest.length > 0) this.#carry = Buffer.from(rest);
  }

  /**
   * Ends the document: gives each of its terms with its count, and returns the number of terms,
   * repeated ones included. The next `push` starts a new document.
   */
  end(onTerm: (term: number, count: number) => void): number {
    if (this.#carry !== undefined) this.#endRun(this.#carry, 0, this.#carry.length);
    for (let i = 0; i < this.#terms.length; i++) {
      const term = this.#terms.at(i);
      onTerm(term, this.#counts.at(term));
      this.#counts.set(term, 0);
    }
    const length = this.#length;
    this.#terms.clear();
    this.#length = 0;
    this.#carry = undefined;
    return length;
  }

  /** Counts the words of `bytes` and returns the last run if it may go on in the next block. */
  #scan(bytes: Uint8Array): Uint8Array {
    let start = -1;
    let hash = HASH_SEED;
    let seen = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = FOLDED[bytes[at]!]!;
      if (byte !== SEPARATOR) {
        if (start < 0) start = at;
        bytes[at] = byte;
        hash = hashByte(hash, byte);
        seen |= byte;
      } else if (start >= 0) {
        if (seen < NOT_ASCII) this.#count(bytes, start, at, hash);
        else this.#endRun(bytes, start, at);
        start = -1;
        hash = HASH_SEED;
        seen = 0;
      }
    }
    return bytes.subarray(start < 0 ? bytes.length : start);
  }

  /** A run of any letters and digits between ASCII separators; other separators may be inside. */
  #endRun(bytes: Uint8Array, start: number, end: number): void {
    const run = Buffer.from(bytes.subarray(start, end)).toString();
    for (const word of wordsOf(run.normalize('NFKC').toLowerCase())) {
      const term = Buffer.from(word);
      this.#count(term, 0, term.length, hashBytes(term, 0, term.length));
    }
  }

  #count(bytes: Uint8Array, start: number, end: number, hash: number): void {
    const size = end - start;
    if (size < MIN_TERM_BYTES || size > MAX_TERM_BYTES) return;
    const term = this.#table.numberOf(bytes, start, end, hash);
    const count = this.#counts.at(term);
    if (count === 0) this.#terms.push(term);
    this.#counts.set(term, count + 1);
    this.#length++;
  }
}

/** The terms of a short text, such as a query or a line of a document, and their counts. */
export function tokenise(text: string): Map<string, number> {
  const table = new TermTable();
  const tokeniser = new Tokeniser(table);
  const counts = new Map<string, number>();
  tokeniser.push(Buffer.from(text));
  tokeniser.end((term, count) => counts.set(table.term(term), count));
  return counts;
}
