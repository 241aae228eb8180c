import { native } from '../native.js';
import { Word, words } from '../page.js';

const I = words;

/** Elsewhere the addon's handles are not V8's, or the host is not what the addon was made for. */
const isNode = process.versions['bun'] === undefined && process.versions['deno'] === undefined;

/** Exact up to 16 million lines of half a billion columns each, which is V8's longest source. */
const COLUMNS = 2 ** 29;

/**
 * What is known by the place where a function is written: its script, line and column. Asking V8 for
 * it takes 0.1 us (`crates/binding/src/place.rs`).
 */
export class ByPlace<T> {
  readonly #scripts = new Map<number, Map<number, T>>();
  readonly #max: number;
  #size = 0;

  /** @param max how many places it may remember: programs can make functions in ever new ones */
  constructor(max: number) {
    this.#max = max;
  }

  get(fn: Function): T | undefined {
    if (!ask(fn)) return undefined;
    return this.#scripts.get(I[Word.Program] as number)?.get(asked());
  }

  /** Remembers it, if the place can be had. */
  set(fn: Function, value: T): void {
    if (!ask(fn)) return;
    if (this.#size >= this.#max) {
      this.#scripts.clear();
      this.#size = 0;
    }
    const script = I[Word.Program] as number;
    let places = this.#scripts.get(script);
    if (places === undefined) this.#scripts.set(script, (places = new Map()));
    if (!places.has(asked())) this.#size++;
    places.set(asked(), value);
  }
}

function ask(fn: Function): boolean {
  if (!isNode) return false;
  native.place(fn);
  return I[Word.Program] !== 0;
}

/** Line and column that the last question gave. */
function asked(): number {
  return (I[Word.Slot] as number) * COLUMNS + (I[Word.Kind] as number);
}
