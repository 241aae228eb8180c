/**
 * Values in and out of the register page.
 *
 * Small values are words on the page. Strings and bytes are staged (going in) or taken (coming out)
 * by a call of their own. Objects are encoded: see `clone.ts`.
 */

import { types } from 'node:util';

import { bytesView, codeOfView, viewOf } from './binary.js';
import { cloneKind, encodeClone, decodeClone } from './clone.js';
import {
  DataCloneError,
  GoroutineKilled,
  IsolateDied,
  IsolateUnavailable,
  type IsolateEnd,
} from '../errors.js';
import { HANDLE_OF, arrive, giveAway, isShareable } from './handles.js';
import { keep, takeLocal } from './locals.js';
import { made } from './made.js';
import { movingNow } from './moving.js';
import { native } from './native.js';
import { handleOfPorted, isPorted } from './ported.js';
import { Code, Double, Layout, Tag, Word, doubles, words } from './page.js';
import { dateOf, readTree, timeOf, treeText } from './trees.js';

const I = words;
const F = doubles;

/**
 * Puts a value into the registers `Word.Tag` and `Double.Number`, as it travels between isolates.
 * @throws DataCloneError naming the part that cannot travel
 */
export function putValue(value: unknown): void {
  switch (typeof value) {
    case 'number':
      I[Word.Tag] = Tag.Number;
      F[Double.Number] = value;
      return;
    case 'string':
      native.stageString(value);
      return;
    case 'boolean':
      I[Word.Tag] = value ? Tag.True : Tag.False;
      return;
    case 'undefined':
      I[Word.Tag] = Tag.Undefined;
      return;
    case 'object':
      if (value === null) I[Word.Tag] = Tag.Null;
      else putObject(value);
      return;
    case 'bigint':
      putBigInt(value);
      return;
    default:
      throw new DataCloneError('value', `it is a ${typeof value}`);
  }
}

/** As {@link putValue}, for a channel that never left this isolate: by reference. */
export function putLocal(value: unknown): void {
  if (typeof value === 'number') {
    I[Word.Tag] = Tag.Number;
    F[Double.Number] = value;
  } else if (value === undefined) {
    I[Word.Tag] = Tag.Undefined;
  } else {
    I[Word.Tag] = Tag.Local;
    F[Double.Number] = keep(value);
  }
}

function putBigInt(value: bigint): void {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) return stageClone(value, false);
  I[Word.Tag] = Tag.BigInt;
  F[Double.Number] = number;
}

function putObject(value: object): void {
  if (isShareable(value)) {
    giveAway(value);
    I[Word.Tag] = Tag.Handle;
    F[Double.Number] = value[HANDLE_OF];
    return;
  }
  try {
    putCopy(value);
  } catch (error) {
    if (error instanceof DataCloneError || !types.isProxy(value)) throw error;
    throw new DataCloneError('value', 'it is a proxy', { cause: error });
  }
}

function putCopy(value: object): void {
  const time = timeOf(value);
  if (time !== undefined) {
    I[Word.Tag] = Tag.Date;
    F[Double.Number] = time;
    return;
  }
  const text = treeText(value);
  if (text !== undefined) {
    native.stageText(text);
    return;
  }
  const code = codeOfView(value);
  if (code === undefined && isPorted(value)) {
    I[Word.Tag] = Tag.Handle;
    F[Double.Number] = handleOfPorted(value);
    return;
  }
  const moving = movingNow();
  const block = moving?.blockOf(value);
  if (block !== undefined) {
    I[Word.Tag] = Tag.Handle;
    F[Double.Number] = block;
    return;
  }
  if (code !== undefined) {
    const view = value as ArrayBufferView | ArrayBuffer;
    if (moving === undefined || moving.isCopied(view)) {
      I[Word.Kind] = code;
      I[Word.Count] = 0;
      native.stageBytes(bytesView(view));
      return;
    }
  }
  stageClone(value, cloneKind(value));
}

function stageClone(value: unknown, standIns: boolean): void {
  const { bytes, handles } = encodeClone(value, standIns);
  I[Word.Kind] = standIns ? Code.CloneWithStandIns : Code.Clone;
  I[Word.Count] = handles;
  native.stageBytes(bytes);
}

/** Moves what {@link putValue} left in the registers to item `n`. */
export function putItem(n: number, aux: number): void {
  const word = Layout.ItemWord + n * Layout.ItemWords;
  I[word] = I[Word.Tag] as number;
  I[word + 1] = aux;
  F[Layout.ItemDouble + n * Layout.ItemDoubles] = F[Double.Number] as number;
}

/** The value in item `n`. */
export function readItem(n: number): unknown {
  return readValue(
    I[Layout.ItemWord + n * Layout.ItemWords] as number,
    F[Layout.ItemDouble + n * Layout.ItemDoubles] as number,
  );
}

/** The value in the registers. */
export function readResult(): unknown {
  return readValue(I[Word.Tag] as number, F[Double.Number] as number);
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
    case Tag.Date:
      return dateOf(payload);
    case Tag.BigInt:
      return BigInt(payload);
    case Tag.Local:
      return takeLocal(payload);
    case Tag.Handle:
      return arrive(tag >> 8, payload);
    case Tag.String:
      I[Word.Slot] = payload;
      return native.take();
    case Tag.Text:
      I[Word.Slot] = payload;
      return readTree(native.take() as string);
    case Tag.Bytes:
      I[Word.Slot] = payload;
      return readBytes(made(native.take()) as ArrayBuffer);
    default:
      throw new Error(`gosched: unknown tag ${tag}`);
  }
}

function readBytes(buffer: ArrayBuffer): unknown {
  const code = I[Word.Kind] as number;
  switch (code) {
    case Code.Clone:
      return decodeClone(buffer, false);
    case Code.CloneWithStandIns:
      return decodeClone(buffer, true);
    case Code.IsolateDied:
      return isolateDied(Buffer.from(buffer).toString('utf8'));
    case Code.NoIsolate:
      return new IsolateUnavailable();
    default:
      return viewOf(code, buffer);
  }
}

/** What the addon tells of an isolate that did not say why it ended. */
function isolateDied(text: string): IsolateDied {
  const { isolate, reason, becauseOf } = JSON.parse(text) as {
    readonly isolate?: number;
    readonly reason: IsolateEnd;
    readonly becauseOf?: number;
  };
  const options = becauseOf === undefined ? {} : { cause: new GoroutineKilled(becauseOf) };
  const error = new IsolateDied(reason, isolate, options);
  error.stack = `${error.name}: ${error.message}`; // this one would lead nowhere
  return error;
}
