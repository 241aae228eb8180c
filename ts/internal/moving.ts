/**
 * Buffers that change their owner with a value (`move`).
 *
 * A large one travels as a *block* (`crates/binding/src/block.rs`), of which no byte is copied; a small
 * one as the copy that it would be anyway. In both cases the sender's is detached, and when depends on
 * what is done with the value (`Takes`): not before somebody is sure to get it, so that an offer that
 * comes to nothing leaves the buffer where it was.
 *
 * Two exceptions, where that is not known in time: a `send` that waits takes the buffer at the call, and
 * if the channel is closed meanwhile its error has the memory, in a new buffer (`moved`). An offer of a
 * `select` or `trySend` is a copy, and the buffer is detached when it was taken.
 *
 * Rejected for these: to lend the receiver the sender's memory until the sender hears of it (two threads
 * would have it), and to let the receiver wait until the sender has given it up (which may compute for
 * seconds).
 */

import { types } from 'node:util';

import { MoveError } from '../errors.js';
import { isShareable, onEachArrival, release } from './handles.js';
import { BUFFER, codeOfView, isSharedMemory, viewOf } from './binary.js';
import { made } from './made.js';
import { native } from './native.js';
import { Double, HandleKind, Word, doubles, words } from './page.js';
import { putBuffer, takeBuffer } from './vault.js';

const I = words;
const F = doubles;

/** Up to so many bytes a copy is cheaper than a message. */
const SMALL = 128 * 1024;

/** What the memory of a WebAssembly instance comes in, which cannot be taken. */
const WASM_PAGE = 64 * 1024;

/** How a value takes its buffers. */
export const enum Takes {
  /** They are gone when the operation has been called. */
  Now = 0,
  /** Only if it is told so. Large ones are copied once. */
  IfTaken = 1,
  /** As `Now`, and the value never comes back. */
  ForGood = 2,
}

/** How many buffers are marked: nearly always none, and then no value need be searched for any. */
export const marks = { count: 0 };
const marked = new WeakSet<ArrayBuffer>();
const unmarked = new FinalizationRegistry<undefined>(() => {
  marks.count--;
});

/** From now on a value that the buffer is in takes it along. */
export function mark(buffer: ArrayBuffer): void {
  if (marked.has(buffer)) return;
  marked.add(buffer);
  unmarked.register(buffer, undefined, buffer);
  marks.count++;
}

function unmark(buffer: ArrayBuffer): void {
  if (!marked.delete(buffer)) return;
  unmarked.unregister(buffer);
  marks.count--;
}

/** Buffers of this isolate that are made over blocks, and the blocks' handles. */
const blocks = new WeakMap<ArrayBuffer, number>();
const collected = new FinalizationRegistry<number>(release);

interface Entry {
  readonly buffer: ArrayBuffer;
  /** The block's handle; none if the value has a copy. */
  readonly block: number | undefined;
  /** Whether the block has the memory, or a copy of it, already. */
  filled: boolean;
  /** What it is to arrive as, where a value is nothing but it. */
  code: number;
  /** The bytes of a small one that was taken. */
  kept: ArrayBuffer | undefined;
}

/** The buffers of one operation. */
export class Moving {
  readonly #takes: Takes;
  readonly #entries: Entry[] = [];

  constructor(takes: Takes) {
    this.#takes = takes;
  }

  /** Large buffers of a value that is being encoded, and their blocks' handles. */
  blocksOf(value: unknown): { buffer: ArrayBuffer; handle: number }[] {
    const found = new Set<ArrayBuffer>();
    findMarked(value, found, new Set());
    return [...found].flatMap((buffer) => {
      const { block } = this.#add(buffer);
      return block === undefined ? [] : [{ buffer, handle: block }];
    });
  }

  /**
   * The handle of the block that is all of a value, which need not be encoded then: a large buffer, or a
   * view of all of one. Undefined for another value.
   */
  blockOf(value: object): number | undefined {
    const code = codeOfView(value);
    if (code === undefined) return undefined;
    const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
    if (!(buffer instanceof ArrayBuffer) || !marked.has(buffer)) return undefined;
    if (isSmall(buffer) || (value as ArrayBuffer).byteLength !== buffer.byteLength) return undefined;
    return this.#add(buffer, code).block;
  }

  /**
   * Whether a copy of its bytes is all that there is to a view or buffer: it does not move, or it is all of
   * a small one.
   */
  isCopied(value: ArrayBufferView | ArrayBuffer): boolean {
    const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
    if (!(buffer instanceof ArrayBuffer) || !marked.has(buffer)) return true;
    if (!isSmall(buffer) || isResizable(buffer)) return false;
    if (value.byteLength !== buffer.byteLength) return false;
    this.#add(buffer);
    return true;
  }

  #add(buffer: ArrayBuffer, code = BUFFER): Entry {
    const small = isSmall(buffer);
    // The same buffer in two arguments: the first has the memory, the other one a copy.
    const again = this.#entries.some((entry) => entry.buffer === buffer);
    const copies = this.#takes === Takes.IfTaken || again;
    // Made over a block before, and to be seen as the same: it goes on as it is.
    const known = copies || small ? undefined : blocks.get(buffer);
    const entry: Entry = {
      buffer,
      block: small ? undefined : (known ?? newBlock()),
      filled: known !== undefined,
      code,
      kept: undefined,
    };
    if (copies && !small) copyInto(entry);
    this.#entries.push(entry);
    return entry;
  }

  /**
   * Takes the buffers, but for small ones, whose copies are in the value already.
   * @throws MoveError `ERR_MOVE_PINNED`, with the memory of those before it
   */
  take(): void {
    const tag = I[Word.Tag] as number;
    const payload = F[Double.Number] as number;
    for (const entry of this.#entries) {
      if (this.#takeOne(entry)) {
        if (isDetached(entry.buffer)) unmark(entry.buffer);
      } else {
        const error = new MoveError(
          'ERR_MOVE_PINNED',
          'a buffer cannot be moved, because its memory must stay where it is (a WebAssembly memory, ' +
            'or marked as untransferable); send a copy: view.slice()',
        );
        native.unstage();
        throw this.failed(error);
      }
    }
    I[Word.Tag] = tag;
    F[Double.Number] = payload;
  }

  #takeOne(entry: Entry): boolean {
    const { buffer, block } = entry;
    if (isDetached(buffer)) return true; // as another entry
    if (block === undefined) {
      if (isResizable(buffer)) return takeKept(entry);
      if (buffer.byteLength % WASM_PAGE !== 0) return true;
      // Whether it can be taken shows when it is; if it alone is refused, nothing must come back.
      const nothingBack = this.#takes === Takes.ForGood && this.#entries.length === 1;
      return nothingBack ? detach(buffer) : takeKept(entry);
    }
    if (entry.filled) {
      if (blocks.get(buffer) === block) {
        forget(buffer);
        I[Word.Handle] = block;
        I[Word.Kind] = entry.code;
        native.recodeBlock();
      }
      return detach(buffer);
    }
    native.placeOf(new Uint8Array(buffer));
    const key = putBuffer(buffer);
    if (key === 0) {
      copyInto(entry);
      return detach(buffer);
    }
    I[Word.Handle] = block;
    I[Word.Kind] = entry.code;
    F[Double.Number2] = key;
    native.vaultBlock();
    entry.filled = true;
    return true;
  }

  /** The value has been taken: so are they all. */
  takeAll(): void {
    for (const { buffer } of this.#entries) {
      unmark(buffer);
      if (blocks.has(buffer)) release(forget(buffer));
      detach(buffer);
    }
  }

  /**
   * The small ones are taken as well.
   * @param keep whether the value may come back
   */
  takeSmall(keep: boolean): void {
    for (const entry of this.#entries) {
      const { buffer, block } = entry;
      if (block !== undefined || isDetached(buffer)) continue;
      if (keep) entry.kept = buffer.slice(0);
      unmark(buffer);
      detach(buffer);
    }
  }

  /** The value has gone, or its operation came to nothing: what is kept for it here is let go. */
  done(): void {
    for (const { buffer, block } of this.#entries.splice(0)) {
      if (block !== undefined && blocks.get(buffer) !== block) release(block);
    }
  }

  /** The value came back. Puts what had been taken into the error. */
  failed<E extends Error & { moved?: readonly ArrayBuffer[] }>(error: E): E {
    const moved: ArrayBuffer[] = [];
    for (const { buffer, block, filled, kept } of this.#entries.splice(0)) {
      const isGone = isDetached(buffer);
      if (block === undefined) {
        if (isGone && kept !== undefined) moved.push(kept);
      } else if (isGone && filled) moved.push(openBlock(block));
      else if (blocks.get(buffer) !== block) release(block);
    }
    if (moved.length > 0) error.moved = moved;
    return error;
  }
}

/** The operation whose value is being encoded. */
let current: Moving | undefined;

/** What is being moved with the value that is encoded now. */
export function movingNow(): Moving | undefined {
  return current;
}

/** Encodes a value together with the buffers that it takes along. */
export function encodeMoving(moving: Moving, encode: () => void): void {
  current = moving;
  try {
    encode();
  } catch (error) {
    moving.done();
    throw error;
  } finally {
    current = undefined;
  }
}

/** What a value takes along; undefined if nothing. Call it only while there are {@link marks}. */
export function movingWith(values: readonly unknown[], takes: Takes): Moving | undefined {
  const found = new Set<ArrayBuffer>();
  const seen = new Set<object>();
  for (const value of values) findMarked(value, found, seen);
  return found.size === 0 ? undefined : new Moving(takes);
}

function findMarked(value: unknown, found: Set<ArrayBuffer>, seen: Set<object>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if (isShareable(value) || isSharedMemory(value)) return;
  if (ArrayBuffer.isView(value)) value = value.buffer;
  if (value instanceof ArrayBuffer) {
    if (marked.has(value)) found.add(value);
    return;
  }
  if (types.isMap(value)) {
    for (const entry of value) findMarked(entry, found, seen);
    return;
  }
  const parts = types.isSet(value) ? value : Object.values(value as object);
  for (const part of parts) findMarked(part, found, seen);
  if (value instanceof Error) findMarked([value.cause], found, seen);
}

/** A copy goes; the memory is kept, with its room to grow if it has any. */
function takeKept(entry: Entry): boolean {
  const { buffer } = entry;
  try {
    entry.kept = structuredClone(buffer, { transfer: [buffer] });
  } catch {
    return false;
  }
  return isDetached(buffer);
}

function newBlock(): number {
  native.makeBlock();
  return I[Word.Handle] as number;
}

function copyInto(entry: Entry): void {
  I[Word.Handle] = entry.block as number;
  I[Word.Kind] = entry.code;
  native.copyBlock(new Uint8Array(entry.buffer));
  entry.filled = true;
}

/** Whether a copy does, as it does for one that can change its length, which a block cannot. */
function isSmall(buffer: ArrayBuffer): boolean {
  return buffer.byteLength <= SMALL || isResizable(buffer);
}

function detach(buffer: ArrayBuffer): boolean {
  native.detach(buffer);
  return I[Word.Status] === 0;
}

/** Whether a buffer's memory is gone. Node.js 20 has no `detached`. */
export function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}

function isResizable(buffer: ArrayBuffer): boolean {
  return (buffer as { resizable?: boolean }).resizable === true;
}

/** What a block that arrived is to be seen as. */
function arriveBlock(handle: number): unknown {
  I[Word.Handle] = handle;
  native.blockKey();
  return viewOf(I[Word.Kind] as number, openBlock(handle));
}

/** The buffer of a block. */
function openBlock(handle: number): ArrayBuffer {
  I[Word.Handle] = handle;
  native.blockKey();
  const key = F[Double.Number2] as number;
  const kept = key === 0 ? undefined : takeBuffer(key);
  I[Word.Handle] = handle;
  if (kept !== undefined) {
    native.withdrawBlock();
    release(handle);
    return kept;
  }
  const buffer = made(native.openBlock(undefined));
  blocks.set(buffer, handle);
  collected.register(buffer, handle, buffer);
  return buffer;
}

/** A buffer is not over its block any more, which now goes on. */
function forget(buffer: ArrayBuffer): number {
  const handle = blocks.get(buffer) as number;
  blocks.delete(buffer);
  collected.unregister(buffer);
  return handle;
}

onEachArrival(HandleKind.Block, arriveBlock);
