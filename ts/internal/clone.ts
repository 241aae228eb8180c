/**
 * Objects as bytes, with the fidelity of structured cloning.
 *
 * Two codecs, both the engine's own, so that fidelity is not ours to lose:
 * - JSON for small trees of plain objects, arrays, strings, finite numbers, booleans and null:
 *   four times as fast as cloning, and exact for precisely these (`isJsonTree` lets nothing else
 *   through: no `undefined`, no `-0`, no holes, no shared or cyclic reference, no `toJSON`).
 * - V8's own serializer for everything else. Its plain form, not `v8.serialize`, which would write
 *   each typed array by itself: two views of one buffer stay views of one buffer.
 *
 * What structured cloning would lose or refuse and we keep: channels and other handles, and errors
 * with their class, own fields, `cause` and stack. These are replaced by stand-ins before encoding
 * and revived after decoding; a value without any pays one walk to find that out.
 */

import { Deserializer, Serializer } from 'node:v8';

import { DataCloneError } from '../errors.js';
import { codeOfView, isSharedMemory } from './binary.js';
import { HANDLE_OF, arrive, giveAway, isShareable, type Shareable } from './handles.js';
import { Layout, Word, words } from './page.js';
import { type ErrorParts, errorParts, makeError } from './error-parts.js';
import { findUncloneable } from './uncloneable.js';

const I = words;

function serialize(value: unknown): Buffer {
  const serializer = new Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

function deserialize(bytes: Uint8Array): unknown {
  const deserializer = new Deserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue() as unknown;
}

/** How many objects a JSON tree may have: finding a repeated one is a linear search. */
const MAX_TREE = 24;

/** Whether JSON carries a value exactly. See above. */
export function isJsonTree(value: object): boolean {
  return isTree(value, []);
}

function isTree(value: object, seen: object[]): boolean {
  if (seen.length >= MAX_TREE || seen.includes(value)) return false;
  seen.push(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) {
    for (const key in value) {
      if (!isLeafOrTree((value as Record<string, unknown>)[key], seen)) return false;
    }
    return true;
  }
  if (prototype !== Array.prototype || !Array.isArray(value)) return false;
  // Above this length cloning is faster than scanning and printing.
  if (value.length > 64) return false;
  if (!isDense(value, Object.keys(value))) return false;
  return value.every((element) => isLeafOrTree(element, seen));
}

/** Whether an array has neither holes nor fields. Names come after numbers, so the last key tells. */
function isDense(value: readonly unknown[], keys: readonly string[]): boolean {
  const { length } = keys;
  return length === value.length && (length === 0 || keys[length - 1] === String(length - 1));
}

function isLeafOrTree(value: unknown, seen: object[]): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isTree(value, seen);
    default:
      return false;
  }
}

/** Whether a value contains handles or errors, so that stand-ins are needed. */
export function cloneKind(value: object): boolean {
  return needsStandIns(value, new Set());
}

function needsStandIns(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  if (value instanceof Error || isShareable(value)) return true;
  seen.add(value);
  if (Array.isArray(value)) return elementsNeedStandIns(value, seen);
  if (value instanceof Map) {
    for (const [key, element] of value) {
      if (needsStandIns(key, seen) || needsStandIns(element, seen)) return true;
    }
    return false;
  }
  if (value instanceof Set) {
    for (const element of value) if (needsStandIns(element, seen)) return true;
    return false;
  }
  // Shared memory: encoding fails, and then it is known where it is.
  if (isSharedMemory(value) || codeOfView(value) !== undefined) return false;
  for (const key of Object.keys(value)) {
    if (needsStandIns((value as Record<string, unknown>)[key], seen)) return true;
  }
  return false;
}

/** An array's elements, and its fields if it has any. */
function elementsNeedStandIns(value: readonly unknown[], seen: Set<object>): boolean {
  const keys = Object.keys(value);
  if (!isDense(value, keys)) {
    return keys.some((key) => needsStandIns(value[key as unknown as number], seen));
  }
  // Not `some`, whose calls cost as much as listing the keys.
  for (let n = 0; n < value.length; n++) if (needsStandIns(value[n], seen)) return true;
  return false;
}

/** A key no program uses by accident. */
const STAND_IN = '\u0000gosched';

type StandIn =
  | { readonly [STAND_IN]: 'handle'; readonly n: number }
  | { readonly [STAND_IN]: 'error'; readonly parts: ErrorParts };

/** Encodes. The handles inside are listed in the page's handle area. */
export function encodeClone(
  value: unknown,
  standIns: boolean,
): { bytes: Uint8Array; handles: number } {
  const found: Shareable[] = [];
  const tree = standIns ? replace(value, new Map(), found) : value;
  let bytes: Uint8Array;
  try {
    bytes = serialize(tree);
  } catch (cause) {
    throw cloneError(value, cause);
  }
  if (found.length > Layout.MaxHandles) {
    throw new DataCloneError('value', `it contains more than ${Layout.MaxHandles} handles`);
  }
  found.forEach((wrapper, n) => {
    I[Layout.HandleWord + n * 2] = wrapper[HANDLE_OF];
  });
  return { bytes, handles: found.length };
}

/** A copy in which handles and errors are stand-ins. Identity and cycles are kept. */
function replace(value: unknown, copies: Map<object, unknown>, found: Shareable[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  const note = <T>(copy: T): T => {
    copies.set(value, copy);
    return copy;
  };
  const deep = (part: unknown): unknown => replace(part, copies, found);
  if (isShareable(value)) {
    giveAway(value);
    return note({ [STAND_IN]: 'handle', n: found.push(value) - 1 });
  }
  if (value instanceof Error) {
    const parts = errorParts(value);
    const copy = note({ [STAND_IN]: 'error', parts });
    parts.fields = deep(parts.fields) as ErrorParts['fields'];
    return copy;
  }
  if (Array.isArray(value)) {
    const copy: unknown[] = note([]);
    copy.length = value.length; // holes stay holes
    for (const key of Object.keys(value)) {
      define(copy, key, deep(value[key as unknown as number]));
    }
    return copy;
  }
  if (value instanceof Map) {
    const copy = note(new Map<unknown, unknown>());
    for (const [key, element] of value) copy.set(deep(key), deep(element));
    return copy;
  }
  if (value instanceof Set) {
    const copy = note(new Set<unknown>());
    for (const element of value) copy.add(deep(element));
    return copy;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && isBuiltin(value)) return value;
  const copy = note<Record<string, unknown>>({});
  for (const [key, part] of Object.entries(value)) define(copy, key, deep(part));
  return copy;
}

/** Dates, typed arrays, regular expressions, boxed primitives: the codec copies them whole. */
function isBuiltin(value: object): boolean {
  return Object.prototype.toString.call(value) !== '[object Object]';
}

/** Sets an own property, also one called `__proto__`. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Decodes. */
export function decodeClone(buffer: ArrayBuffer, standIns: boolean): unknown {
  if (!standIns) return deserialize(new Uint8Array(buffer));
  // The handles were interned when the bytes were taken; each must be wrapped, once.
  const wrappers = takeHandles();
  return revive(deserialize(new Uint8Array(buffer)), new Map(), wrappers);
}

function takeHandles(): unknown[] {
  const wrappers: unknown[] = [];
  const count = I[Word.Count] as number;
  const listed = Array.from(I.subarray(Layout.HandleWord, Layout.HandleWord + count * 2));
  for (let n = 0; n < count; n++) {
    wrappers.push(arrive(listed[n * 2 + 1] as number, listed[n * 2] as number));
  }
  return wrappers;
}

function revive(value: unknown, done: Map<object, unknown>, wrappers: unknown[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (done.has(value)) return done.get(value);
  done.set(value, value);
  if (STAND_IN in value) return reviveStandIn(value as StandIn, done, wrappers);
  const deep = (part: unknown): unknown => revive(part, done, wrappers);
  if (value instanceof Map) {
    const entries = [...value];
    value.clear();
    for (const [key, element] of entries) value.set(deep(key), deep(element));
  } else if (value instanceof Set) {
    const elements = [...value];
    value.clear();
    for (const element of elements) value.add(deep(element));
  } else if (!ArrayBuffer.isView(value)) {
    for (const [key, part] of Object.entries(value)) {
      const revived = deep(part);
      if (revived !== part) define(value, key, revived);
    }
  }
  return value;
}

function reviveStandIn(
  standIn: StandIn,
  done: Map<object, unknown>,
  wrappers: unknown[],
): unknown {
  if (standIn[STAND_IN] === 'handle') {
    const wrapper = wrappers[standIn.n];
    done.set(standIn, wrapper);
    return wrapper;
  }
  const error = makeError(standIn.parts);
  done.set(standIn, error);
  for (const [key, part] of Object.entries(standIn.parts.fields)) {
    const enumerable = key !== 'cause' && key !== 'errors';
    Object.defineProperty(error, key, {
      value: revive(part, done, wrappers),
      writable: true,
      configurable: true,
      enumerable,
    });
  }
  return error;
}

/** Finds what made encoding fail, so that the error can name it. */
function cloneError(value: unknown, cause: unknown): DataCloneError {
  const bad = findUncloneable(value, 'value', serialize);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DataCloneError(bad?.path ?? 'value', bad?.why ?? why, { cause });
}
