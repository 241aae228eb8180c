/** Between terms on their way to another thread: a term consists of letters and digits. */
const SEPARATOR = '\n';

/**
 * Numbers terms in the order in which they are first met.
 *
 * The order is not sorted and differs from run to run. Sorting would be the longest serial step of
 * the build, and only the digest needs it.
 */
export class Dictionary {
  readonly #numbers = new Map<string, number>();
  readonly #terms: string[] = [];

  get size(): number {
    return this.#terms.length;
  }

  /** By number. */
  get terms(): readonly string[] {
    return this.#terms;
  }

  /** The number of a term, if it was met before. */
  find(term: string): number | undefined {
    return this.#numbers.get(term);
  }

  /** Numbers a term that was not met before. */
  add(term: string): number {
    this.#terms.push(term);
    this.#numbers.set(term, this.size - 1);
    return this.size - 1;
  }

  /** The terms from number `first` on, in one string: one copy for another thread to make. */
  packed(first: number): string {
    return this.#terms.slice(first).join(SEPARATOR);
  }
}

/** The terms that `Dictionary.packed` packed. */
export function unpackTerms(packed: string): string[] {
  return packed === '' ? [] : packed.split(SEPARATOR);
}
