/** A growing array of unsigned integers: 4 bytes an element, where an ordinary one may take 16. */
export class GrowableUint32 {
  length = 0;
  #data: Uint32Array<ArrayBuffer>;

  constructor(capacity = 1024) {
    this.#data = new Uint32Array(capacity);
  }

  push(value: number): void {
    this.set(this.length, value);
  }

  /** Elements between the old end and `at` become 0. */
  set(at: number, value: number): void {
    if (at >= this.#data.length) this.#grow(at + 1);
    this.#data[at] = value;
    if (at >= this.length) this.length = at + 1;
  }

  at(index: number): number {
    return index < this.length ? this.#data[index]! : 0;
  }

  /** A copy of the elements, in a buffer of its own that can be handed to another thread. */
  toArray(): Uint32Array<ArrayBuffer> {
    return this.#data.slice(0, this.length);
  }

  clear(): void {
    this.#data.fill(0, 0, this.length);
    this.length = 0;
  }

  #grow(atLeast: number): void {
    const grown = new Uint32Array(Math.max(atLeast, this.#data.length * 2));
    grown.set(this.#data.subarray(0, this.length));
    this.#data = grown;
  }
}
