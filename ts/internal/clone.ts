/**
 * Objects as bytes, with the fidelity of structured cloning.
 *
 * By V8's own serializer, so that fidelity is not ours to lose; small trees go another way (`trees.ts`).
 * Its plain form, not `v8.serialize`, which would write each typed array by itself: two views of one
 * buffer stay views of one buffer. (Bun has only that function; there it is JavaScriptCore's structured
 * cloning, which keeps them.)
 *
 * What structured cloning would lose or refuse and we keep: channels and other handles, shared memory,
 * and errors with their class, own fields, `cause` and stack. These are replaced by stand-ins before
 * encoding and revived after decoding; a value without any pays one walk to find that out. Buffers that
 * move with the value (`moving.ts`) need none: the serializer has a place for them.
 */

import { types } from 'node:util';
import { Deserializer, Serializer, deserialize as read, serialize as write } from 'node:v8';

import { DataCloneError } from '../errors.js';
import { codeOfSharedView, codeOfView, isSharedMemory, partOf } from './binary.js';
import { HANDLE_OF, arrive, giveAway, isShareable } from './handles.js';
import { inBun } from './in-bun.js';
import { Layout, Word, words } from './page.js';
import { type ErrorParts, errorParts, makeError, setField } from './error-parts.js';
import { movingNow } from './moving.js';
import { handleOfPorted, isPorted } from './ported.js';
import { isDense } from './trees.js';
import { findUncloneable } from './uncloneable.js';

const I = words;

/** @param moved buffers whose memory travels by itself, from this number on */
function serialize(value: unknown, moved: readonly ArrayBuffer[] = [], first = 0): Buffer {
  if (inBun) return write(value);
  const serializer = new Serializer();
  moved.forEach((buffer, n) => serializer.transferArrayBuffer(first + n, buffer));
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** @param arrived what came with it; buffers among that have the numbers of their places */
function deserialize(bytes: Uint8Array, arrived: readonly unknown[] = []): unknown {
  if (inBun) return read(bytes);
  const deserializer = new Deserializer(bytes);
  deserializer.readHeader();
  arrived.forEach((it, n) => {
    if (it instanceof ArrayBuffer) deserializer.transferArrayBuffer(n, it);
  });
  return deserializer.readValue() as unknown;
}

/** Whether a value contains handles, shared memory or errors, so that stand-ins are needed. */
export function cloneKind(value: object): boolean {
  return needsStandIns(value, new Set());
}

function needsStandIns(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || seen.has(value)) return false;
  if (value instanceof Error || isShareable(value)) return true;
  seen.add(value);
  if (Array.isArray(value)) return elementsNeedStandIns(value, seen);
  if (types.isMap(value)) {
    for (const [key, element] of value) {
      if (needsStandIns(key, seen) || needsStandIns(element, seen)) return true;
    }
    return false;
  }
  if (types.isSet(value)) {
    for (const element of value) if (needsStandIns(element, seen)) return true;
    return false;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) {
    if (isSharedMemory(value) || isPorted(value)) return true;
    if (codeOfView(value) !== undefined) return false;
  }
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
  | {
      readonly [STAND_IN]: 'view';
      readonly code: number;
      readonly n: number;
      readonly offset: number;
      readonly length: number | undefined;
    }
  | { readonly [STAND_IN]: 'error'; readonly parts: ErrorParts };

/** Encodes. The handles inside are listed in the page's handle area. */
export function encodeClone(
  value: unknown,
  standIns: boolean,
): { bytes: Uint8Array; handles: number } {
  const found: number[] = [];
  const tree = standIns ? replace(value, new Map(), found) : value;
  const blocks = movingNow()?.blocksOf(value) ?? [];
  const moved = blocks.map(({ buffer }) => buffer);
  let bytes: Uint8Array;
  try {
    bytes = serialize(tree, moved, found.length);
  } catch (cause) {
    throw cloneError(value, cause);
  }
  found.push(...blocks.map(({ handle }) => handle));
  if (found.length > Layout.MaxHandles) {
    throw new DataCloneError('value', `it contains more than ${Layout.MaxHandles} handles`);
  }
  found.forEach((handle, n) => {
    I[Layout.HandleWord + n * 2] = handle;
  });
  return { bytes, handles: found.length };
}

/** The handle's place among those found. */
function placeFor(handle: number, found: number[]): number {
  const known = found.indexOf(handle);
  return known >= 0 ? known : found.push(handle) - 1;
}

function viewOfShared(view: ArrayBufferView, found: number[]): StandIn {
  const { buffer, byteOffset, byteLength } = view;
  const isTracking = (buffer as { growable?: boolean }).growable === true && growsWithIt(view);
  const width = (view as Partial<Uint8Array>).BYTES_PER_ELEMENT ?? 1;
  return {
    [STAND_IN]: 'view',
    code: codeOfSharedView(view),
    n: placeFor(handleOfPorted(buffer), found),
    offset: byteOffset,
    length: isTracking ? undefined : byteLength / width,
  };
}

/**
 * Whether a view of a buffer that can grow grows with it. The language does not say; V8 writes it into
 * the last byte of a view, as a flag, and that format is kept for stored data.
 */
function growsWithIt(view: ArrayBufferView): boolean {
  const serializer = new SharedSerializer();
  serializer.writeValue(view);
  return ((serializer.releaseBuffer().at(-1) as number) & 1) === 1;
}

/** Accepts shared memory, to be looked at only. */
class SharedSerializer extends Serializer {
  _getSharedArrayBufferId(): number {
    return 0;
  }
}

/** A copy in which handles and errors are stand-ins. Identity and cycles are kept. */
function replace(value: unknown, copies: Map<object, unknown>, found: number[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (types.isProxy(value)) return value; // for the serializer to refuse
  const note = <T>(copy: T): T => {
    copies.set(value, copy);
    return copy;
  };
  const deep = (part: unknown): unknown => replace(part, copies, found);
  if (isShareable(value)) {
    giveAway(value);
    return note({ [STAND_IN]: 'handle', n: placeFor(value[HANDLE_OF], found) });
  }
  if (isPorted(value)) {
    return note({ [STAND_IN]: 'handle', n: placeFor(handleOfPorted(value), found) });
  }
  if (ArrayBuffer.isView(value)) {
    return isSharedMemory(value) ? note(viewOfShared(value, found)) : value;
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
  if (types.isMap(value)) {
    const copy = note(new Map<unknown, unknown>());
    for (const [key, element] of value) copy.set(deep(key), deep(element));
    return copy;
  }
  if (types.isSet(value)) {
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
  // The handles were interned when the bytes were taken; each must be wrapped, once.
  const arrived = I[Word.Count] === 0 ? [] : takeHandles();
  const value = deserialize(new Uint8Array(buffer), arrived);
  return standIns ? revive(value, new Map(), arrived) : value;
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
  if (types.isMap(value)) {
    const entries = [...value];
    value.clear();
    for (const [key, element] of entries) value.set(deep(key), deep(element));
  } else if (types.isSet(value)) {
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
  if (standIn[STAND_IN] === 'view') {
    const { code, n, offset, length } = standIn;
    const view = partOf(code, wrappers[n] as SharedArrayBuffer, offset, length);
    done.set(standIn, view);
    return view;
  }
  const error = makeError(standIn.parts);
  done.set(standIn, error);
  for (const [key, part] of Object.entries(standIn.parts.fields)) {
    setField(error, key, revive(part, done, wrappers));
  }
  return error;
}

/** Finds what made encoding fail, so that the error can name it. */
function cloneError(value: unknown, cause: unknown): DataCloneError {
  const bad = findUncloneable(value, 'value', serialize);
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DataCloneError(bad?.path ?? 'value', bad?.why ?? why, { cause });
}
