/** `select`: one of several channel operations, chosen at random among those that are ready. */

import { SendCase, isChannel, type RecvChan } from './chan.js';
import { NumericChannel, isNumericChannel, type NumericChan } from './numeric-chan.js';
import { argumentError, checkObject, rangeError } from './errors.js';
import { isInstance } from './internal/instance.js';
import { failure } from './internal/chan-waits.js';
import { HANDLE_OF, type Shareable } from './internal/handles.js';
import { giveUp, takeLocal, turnOf } from './internal/locals.js';
import { type Moving, Takes, encodeMoving, marks, movingWith } from './internal/moving.js';
import { native } from './internal/native.js';
import { Case, Double, Kind, Layout, News, Status, Tag, Word, doubles, words } from './internal/page.js';
import { attendNews, loopTurn, overdue, schedulePump } from './internal/pump.js';
import { park, type Waiter } from './internal/tickets.js';
import { putItem, putValue, readResult } from './internal/values.js';

const I = words;
const F = doubles;

/**
 * The cases of a select, by name: a channel to receive from (of numbers, too), `ch.sending(value)`, or
 * `null` for a nil channel, which is never ready.
 */
export type SelectCases = Readonly<
  Record<string, RecvChan<unknown> | NumericChan | SendCase<unknown> | null | undefined>
>;

/** What a select came to: a union told apart by `key`. */
export type Selected<C extends SelectCases> = {
  [K in keyof C & string]: CaseResult<K, C[K]>;
}[keyof C & string];

/** What one case comes to. Distributes, so that a case may be one of several kinds. */
type CaseResult<K extends string, Case> =
  Case extends SendCase<unknown>
    ? { readonly key: K }
    : Case extends NumericChan
      ? ReceiveResult<K, number>
      : Case extends RecvChan<infer T>
        ? ReceiveResult<K, T>
        : never;

/** What a receive case came to. */
export type ReceiveResult<K extends string, T> =
  | { readonly key: K; readonly value: T; readonly ok: true }
  | { readonly key: K; readonly value: undefined; readonly ok: false };

/** What both kinds of result look like before they get their types. */
interface Untyped {
  readonly key: string;
  readonly value?: unknown;
  readonly ok?: boolean;
}

/**
 * Waits until one of the cases can proceed, and does it. If several can, one is chosen at random.
 *
 * A receive case of a closed channel is always ready, with `ok: false`. A select with no case, or
 * with `null` cases only, waits for ever.
 *
 * @param cases by name: a channel to receive from, `ch.sending(value)`, or `null`, which is never ready
 * @returns the name of the case as `key`; for a receive, `value` and `ok` too
 * @throws GoPanic `ERR_SEND_ON_CLOSED` (rejects) when the chosen send case's channel is closed
 * @throws DataCloneError (rejects) when a value cannot be copied
 * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) for something that is no case
 * @example
 * const got = await select({ job: jobs, late: after(500), quit: ctx.done() });
 * if (got.key === 'job' && got.ok) await work(got.value);
 */
export function select<const C extends SelectCases>(cases: C): Promise<Selected<C>> {
  // No async function: it would be a promise and a turn of the microtasks more for each select.
  try {
    return start(cases) as Promise<Selected<C>>;
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function start(cases: SelectCases): Promise<Untyped> {
  const prepared = prepare(cases);
  if (prepared.isMixed) return startMixed(prepared);
  native.select();
  if (I[Word.Status] !== Status.Parked) return settled(finishAndWake(prepared));
  selecting = prepared;
  return new Promise(parkSelect);
}

/** A result that is there, or that waits for the event loop to have had its turn. */
function settled(result: Untyped): Promise<Untyped> {
  return overdue() ? loopTurn().then(() => result) : Promise.resolve(result);
}

/** What parks: see `parking` in chan-waits.ts. */
let selecting: Prepared | undefined;

function parkSelect(resolve: (result: Untyped) => void, reject: (reason: unknown) => void): void {
  park(new SelectWaiter(selecting as Prepared, resolve, reject));
  selecting = undefined;
  schedulePump();
}

/**
 * Does one of the cases that can proceed at once; `undefined` if none can (Go's `default`).
 *
 * @param cases as for {@link select}
 * @throws GoPanic `ERR_SEND_ON_CLOSED` when the chosen send case's channel is closed
 * @throws DataCloneError when a value cannot be copied
 * @throws TypeError `ERR_INVALID_ARG_TYPE` for something that is no case
 * @example
 * const got = trySelect({ job: jobs });
 * if (got === undefined) console.log('no job now');
 */
export function trySelect<const C extends SelectCases>(cases: C): Selected<C> | undefined {
  const prepared = prepare(cases);
  if (prepared.isMixed) return trySelectMixed(prepared) as Selected<C> | undefined;
  native.trySelect();
  if (I[Word.Status] === Status.Parked) {
    freeLosers(prepared, -1);
    return undefined;
  }
  return finishAndWake(prepared) as Selected<C>;
}

/** Of a case that keeps no value in this isolate. */
const NOWHERE = -1;
const NO_TURNS: readonly number[] = [];

/** The context that ends no wait. */
const NO_CONTEXT = -1;

/**
 * As {@link select}, where channels of numbers are among the cases: the addon waits for these by futures,
 * since their rings hold nothing but numbers.
 */
function startMixed(prepared: Prepared): Promise<Untyped> {
  I[Word.Context] = NO_CONTEXT;
  I[Word.Blocks] = 0;
  native.selectMixed();
  if (I[Word.Pump] !== 0) schedulePump();
  if (I[Word.Status] === Status.Parked) {
    return new Promise((resolve, reject) => {
      const waiter = new SelectWaiter(prepared, resolve, reject);
      park({ wake: (_kind, outcome, value) => wakeMixed(waiter, outcome, value) });
      schedulePump();
    });
  }
  return settled(finishMixed(prepared));
}

function trySelectMixed(prepared: Prepared): Untyped | undefined {
  native.trySelectMixed();
  if (I[Word.Pump] !== 0) schedulePump();
  if (I[Word.Status] === Status.Parked) {
    freeLosers(prepared, -1);
    return undefined;
  }
  return finishMixed(prepared);
}

/** An outcome is a case and how it ended: `crates/binding/src/select.rs`. */
function wakeMixed(waiter: SelectWaiter, outcome: number, value: unknown): void {
  waiter.wake((outcome & 3) as Kind, outcome >> 2, value);
}

/** The result in the registers, or the panic. */
function finishMixed(prepared: Prepared): Untyped {
  const status = I[Word.Status] as Status;
  const outcome = I[Word.Kind] as number;
  const [kind, which] = [(outcome & 3) as Kind, outcome >> 2];
  if (status !== Status.Done || kind === Kind.SendOnClosed) {
    freeLosers(prepared, -1);
    throw failure(status === Status.Done ? Status.Closed : status, 'send on closed channel');
  }
  const value = readResult();
  freeLosers(prepared, which);
  return resultOf(prepared, which, kind, value);
}

/**
 * What the select comes to.
 * @throws what a channel that can fail has failed with, at its end: see `chan-from.ts`
 */
function resultOf({ cases, keys }: Prepared, which: number, kind: Kind, value: unknown): Untyped {
  const key = keys[which] as string;
  if (kind === Kind.Sent) return { key };
  if (kind === Kind.Received) return { key, value, ok: true };
  const of = cases[key];
  if (isChannel(of)) of.throwIfFailed();
  return { key, value: undefined, ok: false };
}

/** The cases as they stand on the register page. */
interface Prepared {
  readonly cases: SelectCases;
  readonly keys: readonly string[];
  /** For each case, where the value it offers is kept in this isolate, or `NOWHERE`; nothing if all are. */
  readonly slots: readonly number[] | undefined;
  /** The buffers that offered values take along, by case. Nearly always nothing. */
  readonly moving: ReadonlyMap<number, Moving> | undefined;
  /** Whether channels of numbers are among them. */
  readonly isMixed: boolean;
}

function prepare(cases: SelectCases): Prepared {
  checkObject('cases', cases);
  const keys = Object.keys(cases);
  // No case at all waits for ever, as in Go; but `select(ch)` is a mistake.
  if (keys.length === 0 && !isPlain(cases)) {
    throw argumentError('cases', 'an object of channels and send cases', cases);
  }
  if (keys.length > Layout.MaxItems) {
    throw rangeError('the number of cases', `at most ${Layout.MaxItems}`, keys.length);
  }
  let slots: number[] | undefined;
  let isMixed = false;
  const moving = marks.count === 0 ? undefined : new Map<number, Moving>();
  try {
    for (let n = 0; n < keys.length; n++) {
      const key = keys[n] as string;
      const of = cases[key];
      if (isChannel(of)) {
        putReceive(n, of);
        continue;
      }
      const slot = putCase(n, key, of, moving);
      if (slot >= 0) (slots ??= keys.map(() => NOWHERE))[n] = slot;
      if (isOfNumbers(of)) isMixed = true;
    }
    if (slots !== undefined) putAgain({ cases, keys, slots, moving });
  } catch (error) {
    native.unstage();
    freeLosers({ cases, keys, slots, moving, isMixed }, -1);
    throw error;
  }
  I[Word.Count] = keys.length;
  return { cases, keys, slots, moving, isMixed };
}

/** Whether it is an array, or an object without a class; also one of another realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A case may offer a channel, and so give it away, that a case before it offers a value on. */
function putAgain({ cases, keys, slots, moving }: {
  readonly cases: SelectCases;
  readonly keys: readonly string[];
  readonly slots: number[];
  readonly moving: Map<number, Moving> | undefined;
}): void {
  slots.forEach((slot, n) => {
    const key = keys[n] as string;
    const of = cases[key];
    if (slot === NOWHERE || !(of as SendCase<unknown>).channel.isShared) return;
    takeLocal(slot);
    slots[n] = NOWHERE; // whatever comes of it
    slots[n] = putCase(n, key, of, moving);
  });
}

/** Puts a receive among the items. */
function putReceive(n: number, of: Shareable): void {
  I[Layout.ItemWord + n * Layout.ItemWords] = Case.Receive;
  I[Layout.ItemWord + n * Layout.ItemWords + 1] = of[HANDLE_OF];
}

/** Puts any case among the items. Where the value is kept that it offers, or `NOWHERE`. */
function putCase(
  n: number,
  key: string,
  of: SelectCases[string],
  moving: Map<number, Moving> | undefined,
): number {
  if (of === null || of === undefined) {
    I[Layout.ItemWord + n * Layout.ItemWords + 1] = Case.Nil;
    return NOWHERE;
  }
  if (isInstance(of, SendCase) && (isChannel(of.channel) || isNumericChannel(of.channel))) {
    const taken = moving === undefined ? undefined : movingWith([of.value], Takes.IfTaken);
    if (taken === undefined) of.channel.put(of.value);
    else {
      encodeMoving(taken, () => putValue(of.value));
      moving?.set(n, taken);
    }
    const slot = I[Word.Tag] === Tag.Local ? (F[Double.Number] as number) : NOWHERE;
    putItem(n, of.channel[HANDLE_OF]);
    return slot;
  }
  if (!isNumericChannel(of)) {
    throw argumentError(`case '${key}'`, 'a channel, ch.sending(value), or null', of);
  }
  putReceive(n, of);
  return NOWHERE;
}

/** Whether a case that was found to be one is of a channel of numbers. */
function isOfNumbers(of: SelectCases[string]): boolean {
  return (of instanceof SendCase ? of.channel : of) instanceof NumericChannel;
}

/** The result in the registers, or the panic. Whom the select has served here goes on. */
function finishAndWake(prepared: Prepared): Untyped {
  try {
    return finish(prepared);
  } finally {
    if (I[Word.Pump] !== News.None) attendNews();
  }
}

function finish(prepared: Prepared): Untyped {
  const status = I[Word.Status] as Status;
  const which = I[Word.Slot] as number;
  if (status !== Status.Done) {
    freeLosers(prepared, -1);
    throw failure(status, 'send on closed channel');
  }
  const received = I[Layout.ItemWord + which * Layout.ItemWords] === Case.Receive;
  const drained = I[Word.Kind] === 1;
  const value = received ? readResult() : undefined;
  freeLosers(prepared, which);
  const kind = !received ? Kind.Sent : drained ? Kind.Drained : Kind.Received;
  return resultOf(prepared, which, kind, value);
}

/** Buffers go with the case that won, and stay with the sender otherwise. */
function takeBuffers(prepared: Prepared, winner: number): void {
  prepared.moving?.get(winner)?.takeAll();
  prepared.moving?.forEach((moving) => moving.done());
}

/** Values offered by cases that did not win stay with the sender. */
function freeLosers(prepared: Prepared, winner: number): void {
  takeBuffers(prepared, winner);
  prepared.slots?.forEach((slot, n) => {
    if (slot >= 0 && n !== winner) takeLocal(slot);
  });
}

class SelectWaiter implements Waiter {
  /** For each slot that is held, whose turn it is in there. */
  readonly #turns: readonly number[];

  constructor(
    readonly prepared: Prepared,
    readonly resolve: (result: Untyped) => void,
    readonly reject: (reason: unknown) => void,
  ) {
    this.#turns = prepared.slots?.map((slot) => (slot >= 0 ? turnOf(slot) : 0)) ?? NO_TURNS;
  }

  fail(error: Error): void {
    this.#giveUpLosers(-1);
    this.reject(error);
  }

  wake(kind: Kind, which: number, value: unknown): void {
    if (kind === Kind.SendOnClosed) {
      this.#giveUpLosers(-1);
      this.reject(failure(Status.Closed, 'send on closed channel'));
      return;
    }
    this.#giveUpLosers(which);
    try {
      this.resolve(resultOf(this.prepared, which, kind, value));
    } catch (error) {
      this.reject(error);
    }
  }

  #giveUpLosers(winner: number): void {
    takeBuffers(this.prepared, winner);
    this.prepared.slots?.forEach((slot, n) => {
      if (slot >= 0 && n !== winner) giveUp(slot, this.#turns[n] as number);
    });
  }
}
