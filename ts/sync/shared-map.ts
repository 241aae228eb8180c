/** `SharedMap`: a map that every isolate sees. */

import { GoPanic, argumentError } from '../errors.js';
import { native } from '../internal/native.js';
import { Double, HandleKind, Layout, Status, Word, doubles, words } from '../internal/page.js';
import { putItem, putValue, readItem, readResult } from '../internal/values.js';
import { badHandle, now } from '../internal/wait.js';
import { isGenuine, isShareable } from '../internal/handles.js';
import { HANDLE_OF, type Shareable, handleFor, revive } from '../internal/wrapper.js';

const I = words;
const F = doubles;
const { mapGet, mapHas, mapSet } = native;

/** What can be a key: compared by value, as in a `Map` (`NaN` is `NaN`, 0 is -0). */
export type SharedMapKey = string | number | bigint | boolean;

/** An item's mark: the text is a bigint's. */
const BIGINT = 1;

/** How an update ends: `crates/binding/src/map.rs`, `replace`. */
const enum Replace {
  Leave = 0,
  Put = 1,
  Remove = 2,
}

/** Puts the key into item 0. */
function putKey(key: unknown): void {
  switch (typeof key) {
    case 'string':
    case 'number':
    case 'boolean':
      putValue(key);
      putItem(0, 0);
      return;
    case 'bigint':
      native.stageString(key.toString());
      putItem(0, BIGINT);
      return;
    default:
      throw argumentError('key', 'a string, a number, a bigint or a boolean', key);
  }
}

/** Puts the key into item 0 and the value into item 1. */
function putEntry(key: unknown, value: unknown): void {
  putKey(key);
  try {
    putValue(value);
  } catch (error) {
    native.unstage();
    throw error;
  }
  putItem(1, 0);
}

/**
 * A map shared by all isolates that have it: 32 parts with a lock each, so that goroutines seldom
 * wait for each other. Every operation on one key is atomic. Values are copied, going in and coming
 * out, as by `structuredClone`; channels, mutexes and other handles in them stay shared. Nothing here
 * waits, so nothing here is a promise.
 *
 * @example
 * const seen = new SharedMap<string, number>();
 * seen.update(word, (count = 0) => count + 1);
 * seen.set('go', 1).set('gopher', 2);
 * console.log(seen.get('go'), seen.has('java')); // 1 false
 * console.log(seen.getOrSet('rust', 3), seen.swap('rust', 4)); // 3 3
 * console.log(seen.compareAndSwap('rust', 4, 5), seen.compareAndDelete('rust', 4)); // true false
 * console.log(seen.delete('rust'), seen.getAndDelete('gopher')); // true 2
 * console.log(seen.entries(), seen.keys(), seen.values()); // [ [ 'go', 1 ] ] [ 'go' ] [ 1 ]
 * seen.clear();
 */
export class SharedMap<K extends SharedMapKey, V> implements Shareable {
  readonly #handle: number;
  /** The keys for which {@link update} runs a function here now. */
  readonly #updating: K[] = [];

  constructor() {
    this.#handle = handleFor(this, native.makeMap);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * What is there, or undefined.
   * @param key compared by value
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one
   */
  get(key: K): V | undefined {
    putKey(key);
    return this.#entry(mapGet, 0);
  }

  /**
   * Whether anything is there; it may be `undefined`.
   * @param key compared by value
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one
   */
  has(key: K): boolean {
    putKey(key);
    return this.#call(mapHas, 0);
  }

  /**
   * Puts a value there.
   * @param key compared by value
   * @param value copied, as by `structuredClone`
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one
   * @throws DataCloneError naming the part of the value that cannot be copied
   */
  set(key: K, value: V): this {
    this.#mayChange(key);
    putEntry(key, value);
    this.#call(mapSet, 0);
    return this;
  }

  /**
   * Puts a value there; gives what was there, or undefined.
   * @param key compared by value
   * @param value copied, as by `structuredClone`
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one
   * @throws DataCloneError naming the part of the value that cannot be copied
   */
  swap(key: K, value: V): V | undefined {
    this.#mayChange(key);
    putEntry(key, value);
    return this.#entry(mapSet, 1);
  }

  /**
   * Gives what is there; or puts `value` there, if nothing is, and gives that. Go's `LoadOrStore`.
   * @param key compared by value
   * @param value copied, as by `structuredClone`
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one
   * @throws DataCloneError naming the part of the value that cannot be copied
   */
  getOrSet(key: K, value: V): V {
    this.#mayChange(key);
    putEntry(key, value);
    return this.#call(native.mapGetOrSet, 0) ? (readResult() as V) : value;
  }

  /**
   * Takes away what is there. False: nothing was.
   * @param key compared by value
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one
   */
  delete(key: K): boolean {
    this.#mayChange(key);
    putKey(key);
    return this.#call(native.mapDelete, 0);
  }

  /**
   * Takes away what is there, and gives it. Go's `LoadAndDelete`.
   * @param key compared by value
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one
   */
  getAndDelete(key: K): V | undefined {
    this.#mayChange(key);
    putKey(key);
    return this.#entry(native.mapDelete, 1);
  }

  /**
   * Changes what is there, atomically: `fn` gets it, and what `fn` returns is put in its place;
   * `undefined` takes it away. If another goroutine changed the entry meanwhile `fn` is called again
   * with what is there then: it should do nothing else, and must not be async.
   *
   * @param key compared by value
   * @param fn gets what is there, or undefined; makes what comes there
   * @returns what was put there
   * @throws what `fn` throws: the entry stays as it was
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one, or `fn` is no function or returns
   *   a promise
   * @throws GoPanic `ERR_MAP_UPDATE` when `fn` itself changes the entry: it would be called for ever
   * @throws DataCloneError as {@link set}
   */
  update(key: K, fn: (value: V | undefined) => V | undefined): V | undefined {
    if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
    this.#mayChange(key);
    for (;;) {
      putKey(key);
      const old = this.#entry(mapGet, 1);
      const value = this.#undoing(() => this.#within(key, () => fn(old)));
      if (this.#replace(key, value)) return value;
    }
  }

  /**
   * Puts `value` there if what is there is `old`. False also if nothing is there.
   *
   * @param key compared by value
   * @param old a primitive value or a handle: objects are copies, no two of which are the same
   * @param value copied, as by `structuredClone`
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one, or `old` is another object
   * @throws DataCloneError as {@link set}
   */
  compareAndSwap(key: K, old: V, value: V): boolean {
    return this.#ifIs(key, old, () => this.#put(key, value));
  }

  /**
   * Takes away what is there if it is `old`.
   * @param key compared by value
   * @param old as for {@link compareAndSwap}
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `key` cannot be one, or `old` is another object
   */
  compareAndDelete(key: K, old: V): boolean {
    return this.#ifIs(key, old, () => this.#remove(key));
  }

  /** Takes everything away. What others put there meanwhile may stay. */
  clear(): void {
    for (const key of this.#updating) this.#mayChange(key);
    now(native.mapClear, this.#handle);
  }

  /** How many entries there are. */
  get size(): number {
    now(native.mapSize, this.#handle);
    return F[Double.Number] as number;
  }

  /**
   * All entries, in no order: a snapshot of each of the 32 parts, taken one after the other. What
   * others change meanwhile is in it or not.
   */
  entries(): [K, V][] {
    now(native.mapEntries, this.#handle);
    const entries: [K, V][] = [];
    for (native.mapNext(); I[Word.Count] !== 0; native.mapNext()) this.#readBatch(entries);
    return entries;
  }

  /** The keys of {@link entries}. */
  keys(): K[] {
    return this.entries().map(([key]) => key);
  }

  /** The values of {@link entries}. */
  values(): V[] {
    return this.entries().map(([, value]) => value);
  }

  /** Iterates over {@link entries}. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries()[Symbol.iterator]();
  }

  get [Symbol.toStringTag](): string {
    return 'SharedMap';
  }

  /** The items are on the page, and stay there while they are read: decoding uses other places. */
  #readBatch(entries: [K, V][]): void {
    const count = I[Word.Count] as number;
    for (let n = 0; n < count; n++) {
      const isBigint = I[Layout.ItemWord + 2 * n * Layout.ItemWords + 1] === BIGINT;
      const key = readItem(2 * n);
      entries.push([(isBigint ? BigInt(key as string) : key) as K, readItem(2 * n + 1) as V]);
    }
  }

  #call(call: () => void, kind: number): boolean {
    I[Word.Handle] = this.#handle;
    I[Word.Kind] = kind;
    call();
    if (I[Word.Status] === Status.BadHandle) throw badHandle();
    return I[Word.Status] === Status.Done;
  }

  #entry(call: () => void, kind: number): V | undefined {
    return this.#call(call, kind) ? (readResult() as V) : undefined;
  }

  #within<T>(key: K, fn: () => T): T {
    this.#updating.push(key);
    try {
      return fn();
    } finally {
      this.#updating.pop();
    }
  }

  /** Not while {@link update} runs a function for it, which would see the entry changed each time. */
  #mayChange(key: K): void {
    if (this.#updating.length === 0 || !this.#updating.includes(key)) return;
    throw new GoPanic(
      'ERR_MAP_UPDATE',
      'SharedMap: the function given to update changes the entry itself; let it return the new value',
    );
  }

  /** Runs what may throw between `mapGet` of kind 1 and `mapReplace`, which must follow. */
  #undoing<T>(fn: () => T): T {
    try {
      const value = fn();
      if (value instanceof Promise) {
        value.catch(() => undefined); // it is not awaited by anybody
        throw argumentError('the result of fn', 'no promise: fn must not be async', value);
      }
      return value;
    } catch (error) {
      this.#call(native.mapReplace, Replace.Leave);
      throw error;
    }
  }

  #replace(key: K, value: V | undefined): boolean {
    return value === undefined ? this.#remove(key) : this.#put(key, value);
  }

  #put(key: K, value: V): boolean {
    this.#undoing(() => putEntry(key, value));
    return this.#call(native.mapReplace, Replace.Put);
  }

  #remove(key: K): boolean {
    putEntry(key, undefined);
    return this.#call(native.mapReplace, Replace.Remove);
  }

  #ifIs(key: K, old: V, replace: () => boolean): boolean {
    const isObject =
      typeof old === 'object' && old !== null && !(isShareable(old) && isGenuine(old));
    if (isObject || typeof old === 'function') {
      throw argumentError('old', 'a primitive value or a handle', old);
    }
    this.#mayChange(key);
    for (;;) {
      putKey(key);
      const there = this.#call(mapGet, 1);
      const current = there ? (readResult() as V) : undefined;
      if (!there || !(current === old || Object.is(current, old))) {
        this.#call(native.mapReplace, Replace.Leave);
        return false;
      }
      if (replace()) return true;
    }
  }
}

revive(HandleKind.SharedMap, SharedMap);
