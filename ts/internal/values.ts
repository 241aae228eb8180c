/**
 * Values in and out of the register page.
 *
 * Small values are words on the page. Strings and bytes are staged (going in) or taken (coming out)
 * by a call of their own. Objects are encoded: see `clone.ts`.
 */

import { bytesView, codeOfView, viewOf } from './binary.js';
import { cloneKind, encodeClone, decodeClone, isJsonTree } from './clone.js';
import { DataCloneError, IsolateDied } from '../errors.js';
import { HANDLE_OF, arrive, isShareable } from './handles.js';
import { keep, takeLocal } from './locals.js';
import { native } from './native.js';
import {
  Code,
  COUNT,
  F,
  I,
  ITEM_DOUBLE,
  ITEM_DOUBLES,
  ITEM_WORD,
  ITEM_WORDS,
  KIND,
  NUMBER,
  SLOT,
  Tag,
  TAG,
} from './page.js';

/**
 * Puts a value into the registers `TAG` and `NUMBER`, as it travels between isolates.
 * @throws DataCloneError naming the part that cannot travel
 */
export function putValue(value: unknown): void {
  switch (typeof value) {
    case 'number':
      I[TAG] = Tag.Number;
      F[NUMBER] = value;
      return;
    case 'string':
      native.stageString(value);
      return;
    case 'boolean':
      I[TAG] = value ? Tag.True : Tag.False;
      return;
    case 'undefined':
      I[TAG] = Tag.Undefined;
      return;
    case 'object':
      if (value === null) I[TAG] = Tag.Null;
      else putObject(value);
      return;
    case 'bigint':
      stageClone(value, false);
      return;
    default:
      throw new DataCloneError('value', `it is a ${typeof value}`);
  }
}

/** As {@link putValue}, for a channel that never left this isolate: by reference. */
export function putLocal(value: unknown): void {
  if (typeof value === 'number') {
    I[TAG] = Tag.Number;
    F[NUMBER] = value;
  } else if (value === undefined) {
    I[TAG] = Tag.Undefined;
  } else {
    I[TAG] = Tag.Local;
    F[NUMBER] = keep(value);
  }
}

function putObject(value: object): void {
  if (isShareable(value)) {
    value.share?.();
    I[TAG] = Tag.Handle;
    F[NUMBER] = value[HANDLE_OF];
    return;
  }
  const code = codeOfView(value);
  if (code !== undefined) {
    I[KIND] = code;
    I[COUNT] = 0;
    native.stageBytes(bytesView(value as ArrayBufferView | ArrayBuffer));
    return;
  }
  if (isJsonTree(value)) {
    native.stageText(JSON.stringify(value));
    return;
  }
  stageClone(value, cloneKind(value));
}

function stageClone(value: unknown, standIns: boolean): void {
  const { bytes, handles } = encodeClone(value, standIns);
  I[KIND] = standIns ? Code.CloneWithStandIns : Code.Clone;
  I[COUNT] = handles;
  native.stageBytes(bytes);
}

/** Moves what {@link putValue} left in the registers to item `n`. */
export function putItem(n: number, aux: number): void {
  const word = ITEM_WORD + n * ITEM_WORDS;
  I[word] = I[TAG] as number;
  I[word + 1] = aux;
  F[ITEM_DOUBLE + n * ITEM_DOUBLES] = F[NUMBER] as number;
}

/** The value in item `n`. */
export function readItem(n: number): unknown {
  return readValue(
    I[ITEM_WORD + n * ITEM_WORDS] as number,
    F[ITEM_DOUBLE + n * ITEM_DOUBLES] as number,
  );
}

/** The value in the registers. */
export function readResult(): unknown {
  return readValue(I[TAG] as number, F[NUMBER] as number);
}

/** The value that (tag, payload) stands for. Must be called once for each value told. */
export function readValue(tag: number, payload: number): unknown {
  switch ((tag & 0xff) as Tag) {
    case Tag.Number:
      return payload;
    case Tag.Undefined:
      return undefined;
    case Tag.Null:
      return null;
    case Tag.False:
      return false;
    case Tag.True:
      return true;
    case Tag.Local:
      return takeLocal(payload);
    case Tag.Handle:
      return arrive(tag >> 8, payload);
    case Tag.String:
      I[SLOT] = payload;
      return native.take();
    case Tag.Text:
      I[SLOT] = payload;
      return JSON.parse(native.take() as string);
    case Tag.Bytes:
      I[SLOT] = payload;
      return readBytes(native.take() as ArrayBuffer);
    default:
      throw new Error(`gosched: unknown tag ${tag}`);
  }
}

function readBytes(buffer: ArrayBuffer): unknown {
  const code = I[KIND] as number;
  switch (code) {
    case Code.Clone:
      return decodeClone(buffer, false);
    case Code.CloneWithStandIns:
      return decodeClone(buffer, true);
    case Code.IsolateDied:
      return new IsolateDied(Buffer.from(buffer).toString('utf8'));
    default:
      return viewOf(code, buffer);
  }
}
