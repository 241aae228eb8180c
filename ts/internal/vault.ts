/**
 * Where the memory of moved buffers is kept: in the main isolate, which outlives all others.
 *
 * A buffer that is moved goes there, by message port and so without a copy, and an `ArrayBuffer` of the
 * receiver's is made over the same memory (`crates/binding/src/block.rs`). Nobody uses the one in here;
 * it goes when the receiver's is collected, or is what the receiver gets, if that is the main isolate.
 *
 * Nobody waits for the main isolate: it need not have looked at its messages for the memory to stay, as a
 * message keeps it too. While it is busy nothing is freed.
 */

import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';

import { native } from './native.js';
import { Double, Word, doubles, words } from './page.js';
import { hasLine, postToMain, takeMessages } from './ports.js';
import { onVaultWaits } from './pump.js';

const I = words;
const F = doubles;

let isVault = false;
/** Those that others have posted, and our own. */
const buffers = new Map<number, ArrayBuffer | Held>();

/**
 * A buffer of our own, as a message that nobody has received. The memory of a buffer in the heap would
 * count as garbage to come, and be looked for by one collection after the other.
 */
class Held {
  readonly #channel: MessageChannel;

  private constructor(channel: MessageChannel) {
    this.#channel = channel;
  }

  /** Takes a buffer's memory. Throws if it must stay. */
  static of(buffer: ArrayBuffer): Held {
    const channel = spare.pop() ?? new MessageChannel();
    channel.port1.postMessage(buffer, [buffer]);
    return new Held(channel);
  }

  /** Gives it back. Once. */
  take(): ArrayBuffer {
    const { port1, port2 } = this.#channel;
    const { message } = receiveMessageOnPort(port2) as { message: ArrayBuffer };
    if (spare.length < MOST_SPARE) spare.push(this.#channel);
    else port1.close();
    return message;
  }
}

/** Channels without a message: making one takes longer than using it. */
const spare: MessageChannel[] = [];
/** A guess: as many large buffers as are often under way at a time. */
const MOST_SPARE = 64;

/** Makes this isolate, the main one, the one that keeps them. */
export function openVault(): void {
  isVault = true;
  native.keepVault();
  onVaultWaits(sweep);
}

/** A buffer has come. */
export function keepBuffer(key: number, buffer: ArrayBuffer): void {
  buffers.set(key, buffer);
}

function sweep(): void {
  for (;;) {
    native.vaultReleased();
    if (I[Word.Status] !== 0) return;
    const buffer = takeBuffer(F[Double.Number2] as number);
    // Not by the next collection, which does not know how much there is to be had.
    if (buffer !== undefined) native.detach(buffer);
  }
}

/** Takes a buffer out; undefined if it was before. What is asked for has been posted. */
export function takeBuffer(key: number): ArrayBuffer | undefined {
  if (!isVault) return undefined;
  let buffer = buffers.get(key);
  if (buffer === undefined) {
    takeMessages();
    buffer = buffers.get(key);
  }
  buffers.delete(key);
  return buffer instanceof Held ? buffer.take() : buffer;
}

/**
 * Moves a buffer's memory to the vault, and so detaches it.
 * @returns the key; 0 if there is no way there from here, or the buffer must stay where it is
 */
export function putBuffer(buffer: ArrayBuffer): number {
  if (!isVault && !hasLine) return 0;
  native.vaultKey();
  if (I[Word.Status] !== 0) return 0;
  const key = F[Double.Number2] as number;
  try {
    if (isVault) buffers.set(key, Held.of(buffer));
    else postToMain({ key, buffer }, [buffer]);
  } catch {
    return 0; // it must stay: Node.js from 21 on says so
  }
  if (buffer.byteLength === 0) return key;
  // It was copied instead: so does Node.js 20.
  F[Double.Number2] = key;
  native.vaultRelease();
  return 0;
}
