/**
 * Wrappers of native objects: one for each object and isolate, however often it arrives.
 *
 * A wrapper that is collected gives its handle back. Objects that are given away know how to be
 * *shared* first (a channel must encode what it holds).
 */

import { DataCloneError } from '../errors.js';
import { isInstance } from './instance.js';
import { native } from './native.js';
import { type HandleKind, Word, words } from './page.js';

const I = words;

/** Where a wrapper keeps its handle. A registered symbol: two copies of the package agree on it. */
export const HANDLE_OF = Symbol.for('gosched.handle');

/** A wrapper of a native object. */
export interface Shareable {
  readonly [HANDLE_OF]: number;
  /** About to leave this isolate. May throw `DataCloneError`. */
  share?(): void;
}

/** Makes the wrapper for a handle that arrived from another isolate. */
type Revive = (handle: number) => unknown;

const revivers: Revive[] = [];
/** Those of kinds whose objects are no wrappers: they see to their handles themselves. */
const openers: Revive[] = [];
const wrappers = new Map<number, WeakRef<Shareable>>();

const collected = new FinalizationRegistry<{ handle: number; drain?: (handle: number) => void }>(
  ({ handle, drain }) => {
    if (wrappers.get(handle)?.deref() === undefined) wrappers.delete(handle);
    drain?.(handle);
    release(handle);
  },
);

/** Tells how wrappers of a kind are made. */
export function onArrival(kind: HandleKind, revive: Revive): void {
  revivers[kind] = revive;
}

/** Tells what is made of handles of a kind that have no wrapper, each time that one arrives. */
export function onEachArrival(kind: HandleKind, open: Revive): void {
  openers[kind] = open;
}

/**
 * Registers the wrapper of a handle that the addon just gave.
 * @param drain called with the handle before it is released
 */
export function adopt(
  wrapper: Shareable,
  handle: number,
  drain?: (handle: number) => void,
): void {
  wrappers.set(handle, new WeakRef(wrapper));
  collected.register(wrapper, drain === undefined ? { handle } : { handle, drain });
}

/** The wrapper of a handle that arrived: the one there is, or a new one. */
export function arrive(kind: number, handle: number): unknown {
  const open = openers[kind];
  if (open !== undefined) return open(handle);
  const known = wrappers.get(handle)?.deref();
  if (known !== undefined) {
    release(handle); // the addon counted this arrival as one more wrapper
    return known;
  }
  const revive = revivers[kind];
  if (revive === undefined) throw new Error(`gosched: no such kind of handle: ${kind}`);
  return revive(handle);
}

/** Whether a value is a wrapper, or looks like one: see {@link isGenuine}. */
export function isShareable(value: object): value is Shareable {
  try {
    return HANDLE_OF in value;
  } catch {
    return false; // a revoked proxy
  }
}

/** Whether it is a wrapper, not a proxy of one or an object that only has its prototype. */
export function isGenuine(value: Shareable): boolean {
  try {
    return typeof value[HANDLE_OF] === 'number';
  } catch {
    return false;
  }
}

/** Whether it is a genuine wrapper of that class. */
export function isA<T extends Shareable>(
  value: unknown,
  type: abstract new (...args: never[]) => T,
): value is T {
  return isInstance(value, type) && isGenuine(value);
}

/**
 * Makes a wrapper ready to leave this isolate.
 * @throws DataCloneError for one that may not, and for what only looks like one
 */
export function giveAway(value: Shareable): void {
  if (!isGenuine(value)) {
    throw new DataCloneError(
      'value',
      'it is (or contains) a proxy, or an object with the prototype of a channel or another handle; ' +
        'pass the handle itself',
    );
  }
  value.share?.();
}

/** Gives a handle back. */
export function release(handle: number): void {
  I[Word.Handle] = handle;
  native.release();
}
