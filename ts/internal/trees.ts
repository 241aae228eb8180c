/**
 * Trees of not too many objects as JSON: four times as fast as the engine's serializer where they are small,
 * as that must be made anew for each value, and twice as fast to read where they are not.
 *
 * A tree has plain objects, arrays, maps, sets, dates, errors and primitives in it, each object once: what
 * is shared or cyclic, sparse, large or of any other class is left to `clone.ts`. What JSON has no word for
 * stands there as an object whose first field has no name (`Mark`); a text with such begins with a space,
 * so that others need not be searched for them. Objects of the program with such a field are no trees.
 *
 * Rejected: a codec of our own that writes bytes. Text is written and read by the engine, in C++; what
 * JavaScript does for a number or a string costs as much as JSON for the whole object.
 */

import { types } from 'node:util';

import { type ErrorParts, errorParts, makeError, setField } from './error-parts.js';

const { isProxy } = types;

/** The name of the field that says what an object stands for. */
const MARK = '';

const enum Mark {
  BigInt = 'n',
  Date = 'd',
  Error = 'e',
  Map = 'm',
  /** A number that JSON does not have. */
  Number = 'f',
  Set = 's',
  Undefined = 'u',
}

/** How many objects a tree may have. A guess: what is walked in vain costs little beside cloning it. */
const MAX_OBJECTS = 1024;
/** Elements that a list, map or set may have. Above, cloning is faster than scanning and printing, */
const MAX_LENGTH = 64;
/** but for a list of records, whose fields JSON names each time, and the engine still reads faster. */
const MAX_RECORDS = 1000;

/** The objects of a tree that have been met: few are found faster in a list than in a set. */
interface Seen {
  readonly few: object[];
  many: Set<object> | undefined;
}

const FEW = 24;

function isNew(value: object, seen: Seen): boolean {
  const { few, many } = seen;
  if (many !== undefined) return !many.has(value) && many.add(value).size <= MAX_OBJECTS;
  if (few.includes(value)) return false;
  if (few.push(value) > FEW) seen.many = new Set(few);
  return true;
}

/** Not the program's own, which may be others later on: tests replace `Date`. */
const TheDate = Date;
const datePrototype = Date.prototype;
const { getTime } = datePrototype;
const sizeOfMap = getterOf(Map.prototype);
const sizeOfSet = getterOf(Set.prototype);

function getterOf(prototype: object): () => number {
  return Object.getOwnPropertyDescriptor(prototype, 'size')?.get as () => number;
}

/** What a value is that is no tree. */
const NO_TREE = Symbol('no tree');

/** The text of a tree; undefined if the value is none. */
export function treeText(value: object): string | undefined {
  const plain = plainObject(value, { few: [], many: undefined });
  if (plain === NO_TREE) return undefined;
  const text = JSON.stringify(plain);
  return plain === value ? text : ` ${text}`;
}

/** The tree of a text. */
export function readTree(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return text.startsWith(' ') ? revive(value) : value;
}

/** A value as JSON has it: itself, if nothing in it must be marked. */
function plainOf(value: unknown, seen: Seen): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { [MARK]: Mark.Number, v: Object.is(value, -0) ? '-0' : String(value) };
    case 'undefined':
      return { [MARK]: Mark.Undefined };
    case 'bigint':
      return { [MARK]: Mark.BigInt, v: String(value) };
    case 'object':
      return value === null ? null : plainObject(value, seen);
    default:
      return NO_TREE;
  }
}

function plainObject(value: object, seen: Seen): unknown {
  // A proxy is refused, as `structuredClone` does; the look takes 17 ns.
  if (!isNew(value, seen) || isProxy(value)) return NO_TREE;
  switch (Object.getPrototypeOf(value)) {
    case Object.prototype:
      return plainFields(value as Record<string, unknown>, seen);
    case Array.prototype:
      return Array.isArray(value) ? plainArray(value, seen) : NO_TREE;
    case datePrototype:
      return plainDate(value);
    case Map.prototype:
      return plainMap(value as Map<unknown, unknown>, seen);
    case Set.prototype:
      return plainSet(value as Set<unknown>, seen);
    default:
      return value instanceof Error ? plainError(value, seen) : NO_TREE;
  }
}

function plainFields(value: Record<string, unknown>, seen: Seen): unknown {
  let copy: Record<string, unknown> | undefined;
  for (const key in value) {
    if (key === MARK) return NO_TREE;
    const part = value[key];
    if (typeof part === 'string') continue; // half of all fields, without a call
    const plain = plainOf(part, seen);
    if (plain === part) continue;
    // Assigned, `__proto__` would be no field.
    if (plain === NO_TREE || key === '__proto__') return NO_TREE;
    copy ??= { ...value };
    copy[key] = plain;
  }
  return copy ?? value;
}

function plainArray(value: readonly unknown[], seen: Seen): unknown {
  if (value.length > MAX_LENGTH && !isOfRecords(value)) return NO_TREE;
  if (!isDense(value, Object.keys(value))) return NO_TREE;
  let copy: unknown[] | undefined;
  for (let n = 0; n < value.length; n++) {
    const plain = plainOf(value[n], seen);
    if (plain === value[n]) continue;
    if (plain === NO_TREE) return NO_TREE;
    copy ??= [...value];
    copy[n] = plain;
  }
  return copy ?? value;
}

/** By its first: an object, without fractions, which take long to print. */
function isOfRecords(value: readonly unknown[]): boolean {
  const first = value[0];
  if (value.length > MAX_RECORDS || typeof first !== 'object' || first === null) return false;
  if (Object.getPrototypeOf(first) !== Object.prototype) return false;
  return Object.values(first).every((part) => typeof part !== 'number' || Number.isInteger(part));
}

/** Whether an array has neither holes nor fields. Names come after numbers, so the last key tells. */
export function isDense(value: readonly unknown[], keys: readonly string[]): boolean {
  const { length } = keys;
  return length === value.length && (length === 0 || keys[length - 1] === String(length - 1));
}

function plainDate(value: object): unknown {
  const time = timeOf(value);
  return time === undefined ? NO_TREE : { [MARK]: Mark.Date, v: Number.isNaN(time) ? null : time };
}

/** The time of a `Date`; undefined of anything else. */
export function timeOf(value: object): number | undefined {
  if (Object.getPrototypeOf(value) !== datePrototype) return undefined;
  try {
    return getTime.call(value as Date);
  } catch {
    return undefined; // it only has the prototype
  }
}

/** A date of this time. */
export function dateOf(time: number): Date {
  return new TheDate(time);
}

function plainMap(value: Map<unknown, unknown>, seen: Seen): unknown {
  if (!isFew(value, sizeOfMap)) return NO_TREE;
  const parts: unknown[] = [];
  for (const [key, element] of value) {
    const [plainKey, plain] = [plainOf(key, seen), plainOf(element, seen)];
    if (plainKey === NO_TREE || plain === NO_TREE) return NO_TREE;
    parts.push(plainKey, plain);
  }
  return { [MARK]: Mark.Map, v: parts };
}

function plainSet(value: Set<unknown>, seen: Seen): unknown {
  if (!isFew(value, sizeOfSet)) return NO_TREE;
  const parts: unknown[] = [];
  for (const element of value) {
    const plain = plainOf(element, seen);
    if (plain === NO_TREE) return NO_TREE;
    parts.push(plain);
  }
  return { [MARK]: Mark.Set, v: parts };
}

function isFew(value: object, size: () => number): boolean {
  try {
    return size.call(value) <= MAX_LENGTH;
  } catch {
    return false; // it only has the prototype
  }
}

function plainError(error: Error, seen: Seen): unknown {
  const parts = errorParts(error);
  for (const key in parts.fields) {
    const plain = plainOf(parts.fields[key], seen);
    if (plain === NO_TREE || key === '__proto__' || key === MARK) return NO_TREE;
    parts.fields[key] = plain;
  }
  return { [MARK]: Mark.Error, v: parts };
}

/** What was marked becomes what it was, in place. */
function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return reviveAll(value);
  const fields = value as Record<string, unknown>;
  const mark = fields[MARK];
  if (mark !== undefined) return reviveMarked(mark as Mark, fields['v']);
  for (const key in fields) {
    const part = fields[key];
    if (typeof part !== 'object' || part === null) continue;
    const revived = revive(part);
    if (revived !== part) fields[key] = revived;
  }
  return fields;
}

function reviveAll(parts: unknown[]): unknown[] {
  for (let n = 0; n < parts.length; n++) {
    const part = parts[n];
    if (typeof part === 'object' && part !== null) parts[n] = revive(part);
  }
  return parts;
}

function reviveMarked(mark: Mark, value: unknown): unknown {
  switch (mark) {
    case Mark.BigInt:
      return BigInt(value as string);
    case Mark.Date:
      return dateOf((value as number | null) ?? NaN);
    case Mark.Error:
      return reviveError(value as ErrorParts);
    case Mark.Map:
      return reviveMap(reviveAll(value as unknown[]));
    case Mark.Number:
      return Number(value);
    case Mark.Set:
      return new Set(reviveAll(value as unknown[]));
    case Mark.Undefined:
      return undefined;
  }
}

function reviveMap(parts: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let n = 0; n < parts.length; n += 2) map.set(parts[n], parts[n + 1]);
  return map;
}

function reviveError(parts: ErrorParts): Error {
  const error = makeError(parts);
  for (const key in parts.fields) setField(error, key, revive(parts.fields[key]));
  return error;
}
