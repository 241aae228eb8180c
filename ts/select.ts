/** `select`: one of several channel operations, chosen at random among those that are ready. */

import { SendCase, failure, isChannel, type RecvChan } from './chan.js';
import { NumericChannel, isNumericChannel, type NumericChan } from './numeric-chan.js';
import { argumentError, checkObject, rangeError } from './errors.js';
import { isInstance } from './internal/instance.js';
import { HANDLE_OF } from './internal/handles.js';
import { giveUp, takeLocal, turnOf } from './internal/locals.js';
import { type Moving, Takes, encodeMoving, marks, movingWith } from './internal/moving.js';
import { native } from './internal/native.js';
import { Case, Double, Kind, Layout, Status, Tag, Word, doubles, words } from './internal/page.js';
import { loopTurn, overdue, schedulePump } from './internal/pump.js';
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
export async function select<const C extends SelectCases>(cases: C): Promise<Selected<C>> {
  const prepared = prepare(cases);
  if (prepared.isMixed) return checkFailed(cases, await selectMixed(prepared)) as Selected<C>;
  native.select();
  if (I[Word.Pump] !== 0) schedulePump();
  if (I[Word.Status] !== Status.Parked) {
    const result = checkFailed(cases, finish(prepared));
    if (overdue()) await loopTurn();
    return result as Selected<C>;
  }
  const result = await new Promise<Untyped>((resolve, reject) => {
    park(new SelectWaiter(prepared, resolve, reject));
    schedulePump();
  });
  return checkFailed(cases, result) as Selected<C>;
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
  if (prepared.isMixed) return trySelectMixed(cases, prepared) as Selected<C> | undefined;
  native.trySelect();
  if (I[Word.Pump] !== 0) schedulePump();
  if (I[Word.Status] === Status.Parked) {
    freeLosers(prepared, -1);
    return undefined;
  }
  return checkFailed(cases, finish(prepared)) as Selected<C>;
}

/** The context that ends no wait. */
const NO_CONTEXT = -1;

/**
 * As {@link select}, where channels of numbers are among the cases: the addon waits for these by futures,
 * since their rings hold nothing but numbers.
 */
async function selectMixed(prepared: Prepared): Promise<Untyped> {
  I[Word.Context] = NO_CONTEXT;
  I[Word.Blocks] = 0;
  native.selectMixed();
  if (I[Word.Pump] !== 0) schedulePump();
  if (I[Word.Status] === Status.Parked) {
    return new Promise((resolve, reject) => {
      const waiter = new SelectWaiter(prepared, resolve, reject);
      park({
        wake: (_kind, outcome, value) => wakeMixed(waiter, outcome, value),
        fail: (error) => waiter.fail(error),
      });
      schedulePump();
    });
  }
  const result = finishMixed(prepared);
  if (overdue()) await loopTurn();
  return result;
}

function trySelectMixed(cases: SelectCases, prepared: Prepared): Untyped | undefined {
  native.trySelectMixed();
  if (I[Word.Pump] !== 0) schedulePump();
  if (I[Word.Status] === Status.Parked) {
    freeLosers(prepared, -1);
    return undefined;
  }
  return checkFailed(cases, finishMixed(prepared));
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
  const key = prepared.keys[which] as string;
  return kind === Kind.Sent ? { key } : { key, value, ok: kind === Kind.Received };
}

/** The cases as they stand on the register page. */
interface Prepared {
  readonly keys: readonly string[];
  /** For each case, where the value it offers is kept in this isolate; -1 if nowhere. */
  readonly slots: readonly number[];
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
  const slots: number[] = [];
  let isMixed = false;
  const moving = marks.count === 0 ? undefined : new Map<number, Moving>();
  const put = (key: string, n: number): void => {
    if (putCase(n, key, cases[key], slots, moving)) isMixed = true;
  };
  try {
    keys.forEach(put);
    // A case may offer a channel, and so give it away, that a case before it offers a value on.
    for (let n = 0; n < slots.length; n++) {
      const key = keys[n] as string;
      if (slots[n] === -1 || !(cases[key] as SendCase<unknown>).channel.isShared) continue;
      takeLocal(slots[n] as number);
      put(key, n);
    }
  } catch (error) {
    native.unstage();
    freeLosers({ keys, slots, moving, isMixed }, -1);
    throw error;
  }
  I[Word.Count] = keys.length;
  return { keys, slots, moving, isMixed };
}

/** Whether it is an array, or an object without a class; also one of another realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Puts a case among the items. Whether its channel is one of numbers. */
function putCase(
  n: number,
  key: string,
  of: SelectCases[string],
  slots: number[],
  moving: Map<number, Moving> | undefined,
): boolean {
  slots[n] = -1;
  if (of === null || of === undefined) {
    I[Layout.ItemWord + n * Layout.ItemWords + 1] = Case.Nil;
    return false;
  }
  if (isInstance(of, SendCase) && (isChannel(of.channel) || isNumericChannel(of.channel))) {
    const taken = moving === undefined ? undefined : movingWith([of.value], Takes.IfTaken);
    if (taken === undefined) of.channel.put(of.value);
    else {
      encodeMoving(taken, () => putValue(of.value));
      moving?.set(n, taken);
    }
    if (I[Word.Tag] === Tag.Local) slots[n] = F[Double.Number] as number;
    putItem(n, of.channel[HANDLE_OF]);
    return of.channel instanceof NumericChannel;
  }
  if (isChannel(of) || isNumericChannel(of)) {
    I[Layout.ItemWord + n * Layout.ItemWords] = Case.Receive;
    I[Layout.ItemWord + n * Layout.ItemWords + 1] = of[HANDLE_OF];
    return of instanceof NumericChannel;
  }
  throw argumentError(`case '${key}'`, 'a channel, ch.sending(value), or null', of);
}

/** The result in the registers, or the panic. */
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
  const key = prepared.keys[which] as string;
  return received ? { key, value, ok: !drained } : { key };
}

/** The result, unless it is the end of a channel that failed: see `chan-from.ts`. */
function checkFailed(cases: SelectCases, result: Untyped): Untyped {
  const of = result.ok === false ? cases[result.key] : undefined;
  if (isChannel(of)) of.throwIfFailed();
  return result;
}

/** Buffers go with the case that won, and stay with the sender otherwise. */
function takeBuffers(prepared: Prepared, winner: number): void {
  prepared.moving?.get(winner)?.takeAll();
  prepared.moving?.forEach((moving) => moving.done());
}

/** Values offered by cases that did not win stay with the sender. */
function freeLosers(prepared: Prepared, winner: number): void {
  takeBuffers(prepared, winner);
  prepared.slots.forEach((slot, n) => {
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
    this.#turns = prepared.slots.map((slot) => (slot >= 0 ? turnOf(slot) : 0));
  }

  fail(error: Error): void {
    this.#giveUpLosers(-1);
    this.reject(error);
  }

  wake(kind: Kind, which: number, value: unknown): void {
    const key = this.prepared.keys[which] as string;
    if (kind === Kind.SendOnClosed) {
      this.#giveUpLosers(-1);
      this.reject(failure(Status.Closed, 'send on closed channel'));
      return;
    }
    this.#giveUpLosers(which);
    if (kind === Kind.Sent) this.resolve({ key });
    else this.resolve({ key, value, ok: kind === Kind.Received });
  }

  #giveUpLosers(winner: number): void {
    takeBuffers(this.prepared, winner);
    this.prepared.slots.forEach((slot, n) => {
      if (slot >= 0 && n !== winner) giveUp(slot, this.#turns[n] as number);
    });
  }
}
