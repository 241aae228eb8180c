import { GrowableUint32 } from './growable.js';

/** 32-bit FNV-1a: one multiplication a byte, and good enough spread for words. */
export const HASH_SEED = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, HASH_PRIME);
}

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let at = start; at < end; at++) hash = hashByte(hash, bytes[at]!);
  return hash;
}

/**
 * Numbers terms in the order in which they are first met.
 *
 * Terms are UTF-8 bytes, all in one array, found through an open-addressing hash table. A
 * `Map<string, number>` is a few lines instead, but needs a string for every word of every file:
 * tried first, it took nearly twice as long on one thread, and half as much memory again.
 *
 * The order is not sorted and differs from run to run. Sorting would be the longest serial step of
 * the build, and only the digest needs it.
 */
export class TermTable {
  size = 0;
  /** 1 + the number of a term, or 0; a power of two, at most half full. */
  #slots: Int32Array;
  readonly #hashes = new GrowableUint32(64);
  /** Term `n` is the bytes from `#ends[n - 1]` to `#ends[n]`. */
  readonly #ends = new GrowableUint32(64);
  #bytes = new Uint8Array(512);

  constructor(slots = 64) {
    this.#slots = new Int32Array(slots);
  }

  /** The number of the term in `bytes[start..end]`, whose hash is known already. */
  numberOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slot = this.#slotOf(bytes, start, end, hash);
    const found = this.#slots[slot]! - 1;
    return found < 0 ? this.#add(slot, bytes, start, end, hash) : found;
  }

  /** The number of a term, if it was met before. */
  find(term: string): number | undefined {
    const bytes = Buffer.from(term);
    const hash = hashBytes(bytes, 0, bytes.length);
    const found = this.#slots[this.#slotOf(bytes, 0, bytes.length, hash)]! - 1;
    return found < 0 ? undefined : found;
  }

  /** The slot of the term, or the free one where it belongs. */
  #slotOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const found = slots[slot]! - 1;
      if (found < 0) return slot;
      if (this.#hashes.at(found) !== hash >>> 0) continue;
      if (this.#equals(found, bytes, start, end)) return slot;
    }
  }

  term(number: number): string {
    return Buffer.from(this.termBytes(number)).toString();
  }

  /** A view, not a copy: do not keep it. */
  termBytes(number: number): Uint8Array {
    return this.#bytes.subarray(this.#startOf(number), this.#ends.at(number));
  }

  /** Copies of the terms from number `first` on: their bytes, and where in them each one ends. */
  packed(first: number): PackedTerms {
    const start = this.#startOf(first);
    const ends = new Uint32Array(this.size - first);
    for (let i = 0; i < ends.length; i++) ends[i] = this.#ends.at(first + i) - start;
    return { bytes: this.#bytes.slice(start, this.#startOf(this.size)), ends };
  }

  #startOf(number: number): number {
    return number === 0 ? 0 : this.#ends.at(number - 1);
  }

  #equals(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#startOf(number);
    if (this.#ends.at(number) - from !== end - start) return false;
    const ours = this.#bytes;
    for (let i = 0; i < end - start; i++) if (ours[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #add(slot: number, bytes: Uint8Array, start: number, end: number, hash: number): number {
    const used = this.#startOf(this.size);
    const size = end - start;
    if (used + size > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2 + size);
      grown.set(this.#bytes.subarray(0, used));
      this.#bytes = grown;
    }
    // By hand: `subarray` and `set` cost more than the few bytes of a word.
    for (let i = 0; i < size; i++) this.#bytes[used + i] = bytes[start + i]!;
    this.#ends.push(used + size);
    this.#hashes.push(hash >>> 0);
    this.#slots[slot] = ++this.size;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return this.size - 1;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = spread(this.#hashes.at(number)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** Terms on their way to another thread: term `i` is `bytes[ends[i - 1]..ends[i]]`. */
export interface PackedTerms {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

/** Brings the well-mixed upper bits down to where the mask looks. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
