/**
 * What only a message port can carry, in values that travel through the addon: `SharedArrayBuffer`s,
 * `WebAssembly.Module`s and shared `WebAssembly.Memory`s.
 *
 * The first time that an isolate sends such a thing it posts it to every isolate under a number
 * (`ports.ts`); values carry the number, as a handle (`crates/binding/src/ported.rs`).
 *
 * - Whoever reads a number has the thing, or it lies in its queue: it was posted before the value was
 *   sent. An isolate that joins later takes part only when it knows every number that was live then
 *   (`joinOthers`), for values sent before may still come to it.
 * - A number is live while a value with it is under way, or its thing is in the hands of the isolate
 *   that posted it. Others keep the thing exactly as long. The one that posted it keeps it while a value
 *   is under way, which may come back to it, and otherwise holds it weakly, so that it can be collected.
 * - Each isolate numbers what it sends itself, also what it has received: only then does it know
 *   whether a value is under way. Shared memory is recognised by its address, so that it is one object in
 *   each isolate however often it goes back and forth.
 *
 * An isolate whose thread is blocked does not empty its queue meanwhile.
 *
 * Rejected: asking for a thing when its number arrives (the isolate that has it may be busy, or wait for
 * the one that asks); keeping all that was ever posted (it would never be freed).
 */

import { DataCloneError } from '../errors.js';
import { onEachArrival, release } from './handles.js';
import { made } from './made.js';
import { native } from './native.js';
import { Double, HandleKind, Word, doubles, words } from './page.js';
import { type Message, broadcast, onMessage, takeMessages } from './ports.js';
import { holdPump } from './pump.js';
import { keepBuffer } from './vault.js';

const I = words;
const F = doubles;

/** What this isolate has posted. */
interface Own {
  readonly handle: number;
  readonly number: number;
  readonly thing: WeakRef<object>;
  /** While a value may be under way. */
  kept: object | undefined;
}

const own = new Map<number, Own>();
const numbers = new WeakMap<object, Own>();
const collected = new FinalizationRegistry<Own>(({ handle, number }) => {
  own.delete(number);
  release(handle);
});

/** Something was posted, or may not be live any more: see {@link joinOthers}. */
let whenMore = (): void => undefined;

/** What others have posted, while it is live. */
const arrived = new Map<number, object>();

/** Shared memory that is known here, by where it is. */
const byPlace = new Map<string, WeakRef<SharedArrayBuffer>>();

/** Whether only a message port can carry a thing. */
export function isPorted(value: object): boolean {
  if (value instanceof SharedArrayBuffer) return true;
  const kind = Object.prototype.toString.call(value);
  if (kind === '[object WebAssembly.Module]') return true;
  const { buffer } = value as { readonly buffer?: unknown };
  return kind === '[object WebAssembly.Memory]' && buffer instanceof SharedArrayBuffer;
}

/** The handle that stands for a thing in a value that is about to be sent. */
export function handleOfPorted(thing: object): number {
  let it = numbers.get(thing);
  if (it === undefined) it = post(thing);
  it.kept = thing;
  return it.handle;
}

function post(thing: object): Own {
  native.makePorted();
  const handle = I[Word.Handle] as number;
  native.portedState();
  const number = F[Double.Number2] as number;
  try {
    broadcast({ number, thing });
  } catch (cause) {
    release(handle);
    throw new DataCloneError('value', String(cause), { cause });
  }
  const it: Own = { handle, number, thing: new WeakRef(thing), kept: undefined };
  own.set(number, it);
  numbers.set(thing, it);
  collected.register(thing, it);
  if (thing instanceof SharedArrayBuffer) byPlace.set(placeOf(thing), new WeakRef(thing));
  sweepSoon();
  return it;
}

/** The thing that a handle which arrived stands for. */
function arrivePorted(handle: number): object {
  I[Word.Handle] = handle;
  native.portedState();
  const number = F[Double.Number2] as number;
  const thing = find(number);
  release(handle); // the addon counted this arrival
  if (thing === undefined) throw new Error('gosched: shared memory arrived that nobody has posted');
  return thing;
}

function find(number: number): object | undefined {
  const mine = own.get(number);
  if (mine !== undefined) return mine.kept ?? mine.thing.deref();
  if (!arrived.has(number)) takeMessages();
  return arrived.get(number);
}

function take(message: Message): void {
  if ('number' in message) {
    if (!own.has(message.number)) arrived.set(message.number, sameHere(message.thing));
    sweepSoon();
    whenMore();
  } else if ('wanted' in message) {
    for (const number of message.wanted) {
      const thing = find(number);
      if (thing !== undefined) broadcast({ number, thing });
    }
  } else {
    keepBuffer(message.key, message.buffer);
  }
}

/** The object that this isolate has for the same memory, or this one. */
function sameHere(thing: object): object {
  if (!(thing instanceof SharedArrayBuffer)) return thing;
  const place = placeOf(thing);
  const known = byPlace.get(place)?.deref();
  if (known !== undefined) return known;
  byPlace.set(place, new WeakRef(thing));
  return thing;
}

/** Where shared memory is, and how far it goes: memory of WebAssembly that grew is another object. */
function placeOf(memory: SharedArrayBuffer): string {
  const { growable, maxByteLength } = memory as { growable?: boolean; maxByteLength?: number };
  native.placeOf(new Uint8Array(memory));
  // Without room it has no place, and is like any other.
  const place = F[Double.Number2] as number;
  return growable === true ? `${place}+${maxByteLength}` : `${place}:${memory.byteLength}`;
}

/** How many are kept before it is looked which may go. */
const FEW = 64;
let sweepAt = FEW;

/**
 * Not at once: a value that is being encoded is not under way yet, and what it has been posted for must
 * be kept.
 */
function sweepSoon(): void {
  if (own.size + arrived.size < sweepAt) return sweepAfterCollection();
  sweepAt = Infinity; // once
  queueMicrotask(sweep);
}

/** Lets go of what is not live any more. */
function sweep(): void {
  for (const it of own.values()) {
    if (it.kept === undefined) continue;
    I[Word.Handle] = it.handle;
    native.portedState();
    if (I[Word.Count] === 1) it.kept = undefined;
  }
  if (arrived.size > 0) {
    const live = new Set(liveNumbers());
    for (const number of arrived.keys()) if (!live.has(number)) arrived.delete(number);
  }
  for (const [place, memory] of byPlace) if (memory.deref() === undefined) byPlace.delete(place);
  sweepAt = Math.max(FEW, 2 * (own.size + arrived.size));
}

let watching = false;
/** Something that is collected with everything else tells that it is time to sweep. */
const collections = new FinalizationRegistry<undefined>(() => {
  watching = false;
  sweep();
  if (own.size + arrived.size > 0) sweepAfterCollection();
});

function sweepAfterCollection(): void {
  if (watching) return;
  watching = true;
  collections.register({}, undefined);
}

function liveNumbers(): Float64Array {
  return new Float64Array(made(native.portedLive(undefined)));
}

/** All that a worker that is about to be started must know. */
export function everythingLive(): Message[] {
  takeMessages();
  const messages: Message[] = [];
  for (const number of liveNumbers()) {
    const thing = find(number);
    if (thing !== undefined) messages.push({ number, thing });
  }
  return messages;
}

/** How often those who know are asked again, in milliseconds: one of them may just have ended. */
const ASK_EVERY = 100;

/**
 * This isolate has joined the others: from now on it gets all that is posted. It takes part when it
 * knows what was live before.
 */
export function joinOthers(): void {
  onMessage(take);
  takeMessages();
  let unknown = unknownNumbers();
  if (unknown.length === 0) return;
  const takePart = holdPump();
  broadcast({ wanted: unknown });
  const again = setInterval(() => {
    whenMore();
    if (unknown.length > 0) broadcast({ wanted: unknown });
  }, ASK_EVERY);
  whenMore = () => {
    unknown = unknownNumbers();
    if (unknown.length > 0) return;
    whenMore = () => undefined;
    clearInterval(again);
    takePart();
  };
}


function unknownNumbers(): number[] {
  return [...liveNumbers()].filter((number) => find(number) === undefined);
}

onEachArrival(HandleKind.Ported, arrivePorted);
