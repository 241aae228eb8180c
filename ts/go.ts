/** `go`: starts a goroutine. */

import { IsolateDied, argumentError, checkObject, rangeError } from './errors.js';
import { putCaptures } from './internal/captures.js';
import { startHere } from './internal/here.js';
import type { Captured } from './internal/code/closure.js';
import { readyOf, readyWith, type Ready } from './internal/programs.js';
import { type Moving, Takes, encodeMoving, marks, movingWith } from './internal/moving.js';
import { native } from './internal/native.js';
import { Double, Kind, Layout, Word, doubles, words } from './internal/page.js';
import { schedulePump } from './internal/pump.js';
import { prepareIsolates } from './internal/isolates.js';
import { park, type Waiter } from './internal/tickets.js';
import { callSite, currentGoroutine } from './internal/traceback.js';
import { putItem, putValue } from './internal/values.js';

const I = words;
const F = doubles;

/**
 * A goroutine that was started. Await it for the function's result; it rejects with what the
 * function threw. An error that nobody awaits surfaces as an unhandled rejection.
 *
 * @example
 * const digest = await go(sha256, 'a').catch(() => 'failed');
 * await go(work).finally(() => console.log('over'));
 */
export interface Goroutine<T> extends PromiseLike<T> {
  /** Its number, from 1 up, never reused. */
  readonly id: number;
  /**
   * As `Promise.prototype.catch`.
   * @param onRejected gets what the function threw; without it, the error is passed on
   */
  catch<R = never>(onRejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R>;
  /**
   * As `Promise.prototype.finally`.
   * @param onFinally called however it ended; without it, nothing is
   */
  finally(onFinally?: (() => void) | null): Promise<T>;
}

/**
 * The extra methods of `go`.
 */
export interface Go {
  /**
   * Runs `fn(...args)` as a goroutine in another isolate, in parallel. Arguments and result are
   * copied as by `structuredClone`; channels, contexts, mutexes and other handles stay shared.
   *
   * `fn` may use what is around it: variables, with their values at the time of the call, are
   * copied like arguments; functions and classes are made anew from their source; imports are
   * imported again. Assigning such a variable is an error, as the assignment would be lost. A
   * function that a module exports (other than the program's entry module) is imported from there.
   *
   * Reading a variable of a function around `fn` costs some 60 us at each call; arguments cost
   * about one, and so do constants and imports of the module.
   *
   * @param fn what it returns is awaited, there
   * @param args what it is called with
   * @throws GoCaptureError, at the call, naming the variable, file, line and column, when the
   *   function uses something it cannot have in another isolate, or where the runtime does not let
   *   variables be read (see {@link Go.with})
   * @throws DataCloneError, at the call, naming the part of an argument that cannot be copied
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   * @example
   * const sum = await go((a: number, b: number) => a + b, 1, 2);
   * const jobs = chan<string>();
   * void go(async () => {
   *   for await (const job of jobs) console.log(job);
   * });
   * await jobs.send('a');
   * jobs.close(); // the goroutine's loop ends; without it the program would wait for it
   */
  <A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Goroutine<Awaited<R>>;
  /**
   * As {@link Go}, with the variables that `fn` uses given by name. Works where they cannot be
   * read from `fn`: without an inspector (`--permission`, Bun, Deno); and costs less. What is not
   * given is captured as by `go`.
   *
   * @param captures the variables, by the names that `fn` has for them
   * @param fn as for {@link Go}
   * @param args what it is called with
   * @throws GoCaptureError as {@link Go} does, and with `ERR_GO_UNUSED` when `fn` does not use a
   *   name that is given, as after a minifier renamed it
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `captures` is no object or `fn` no function
   * @example
   * void go.with({ jobs, limit }, async () => {
   *   for await (const job of jobs) if (job.size < limit) console.log(job);
   * });
   * jobs.close();
   */
  with<A extends unknown[], R>(
    captures: object,
    fn: (...args: A) => R,
    ...args: A
  ): Goroutine<Awaited<R>>;
  /**
   * Runs `fn(...args)` as a goroutine in this isolate: concurrently, sharing its memory and
   * variables. It starts in the next microtask.
   *
   * @param fn what it returns is awaited
   * @param args what it is called with, by reference
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   * @example
   * const seen: string[] = [];
   * await go.local(async () => {
   *   for await (const job of ['a', 'b']) seen.push(job);
   * });
   */
  local<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Goroutine<Awaited<R>>;
}

type Resolve = (value: never) => void;
type Reject = (reason: unknown) => void;

/**
 * A promise with a number. To `await` and `Promise.all` it is as good as one of the language's own,
 * which they take as they are: any other object they would call `then` of, in a turn of its own, with
 * three objects more. In a flood most of the time goes into collecting these.
 *
 * @internal
 */
export class Started<T> extends Promise<T> implements Goroutine<T> {
  readonly id: number;

  constructor(id: number, executor: (resolve: Resolve, reject: Reject) => void) {
    super(executor);
    this.id = id;
  }
}

Object.defineProperties(Started.prototype, {
  // What `then` gives is a plain promise.
  constructor: { value: Promise },
  [Symbol.toStringTag]: { value: 'Goroutine' },
});

class EndWaiter implements Waiter {
  promise: Promise<unknown> | undefined;

  constructor(
    readonly id: number,
    readonly resolve: Resolve,
    readonly reject: Reject,
  ) {}

  /** The goroutine is still there, and its end may come yet. */
  readonly stays = true;

  fail(error: Error): void {
    this.reject(error);
  }

  wake(kind: Kind, _which: number, value: unknown): void {
    if (kind === Kind.Result) {
      this.resolve(value as never);
      return;
    }
    // Those that ended with one isolate are told the same; which of them this is, is known here.
    if (value instanceof IsolateDied && value.goroutine === undefined) {
      Object.assign(value, { goroutine: this.id });
      // Who shuts the runtime down knows that goroutines end, whether or not somebody awaits them.
      if (value.reason === 'shutdown') this.promise?.catch(() => undefined);
    }
    this.reject(value);
  }
}

/** Has the promise that is being made wait for the end of the goroutine that was just started. */
function parkForEnd(resolve: Resolve, reject: Reject): void {
  parkedLast = new EndWaiter(F[Double.Number2] as number, resolve, reject);
  park(parkedLast);
}

/** The waiter of the goroutine that was started last: it gets the promise once that is made. */
let parkedLast: EndWaiter | undefined;

function goElsewhere(fn: (...args: never[]) => unknown, ...args: unknown[]): Goroutine<unknown> {
  return goAs(goElsewhere, fn, args);
}

/**
 * @internal `go`, under another name.
 * @param above the function whose caller is where `fn` is used
 */
export function goAs(
  above: Function,
  fn: (...args: never[]) => unknown,
  args: unknown[],
): Goroutine<unknown> {
  if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
  prepareIsolates();
  return start(readyOf(fn, above), args);
}

function goWith(
  captures: object,
  fn: (...args: never[]) => unknown,
  ...args: unknown[]
): Goroutine<unknown> {
  checkObject('captures', captures);
  if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
  prepareIsolates();
  return start(readyWith(new Map(Object.entries(captures)), fn, goWith), args);
}

function start({ program, captured }: Ready, args: unknown[]): Goroutine<unknown> {
  const site = callSite();
  const moving = putArguments(captured, args);
  I[Word.Slot] = site;
  I[Word.Program] = program;
  F[Double.Number2] = currentGoroutine();
  native.go();
  const goroutine = new Started(F[Double.Number2] as number, parkForEnd);
  (parkedLast as EndWaiter).promise = goroutine;
  moving?.done();
  schedulePump();
  return goroutine;
}

function putArguments(captured: Captured, args: unknown[]): Moving | undefined {
  const { length } = args;
  // One item more says how the captured values come.
  const most = Layout.MaxItems - (captured.values.length === 0 ? 0 : captured.values.length + 1);
  if (length > most) throw rangeError('the number of arguments', `at most ${most}`, length);
  let items = 0;
  let moving: Moving | undefined;
  try {
    if (captured.values.length > 0) items = putCaptures(captured);
    if (marks.count > 0) moving = movingWith(args, Takes.ForGood);
    const put = (): void => {
      for (let n = 0; n < length; n++) {
        putValue(args[n]);
        putItem(items++, 0);
      }
    };
    if (moving === undefined) put();
    else encodeMoving(moving, put);
    moving?.take();
    moving?.takeSmall(false);
  } catch (error) {
    native.unstage();
    throw error;
  }
  I[Word.Count] = items;
  return moving;
}

function goHere<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Goroutine<Awaited<R>> {
  if (typeof fn !== 'function') throw argumentError('fn', 'a function', fn);
  I[Word.Slot] = callSite();
  F[Double.Number2] = currentGoroutine();
  native.goLocal();
  const id = F[Double.Number2] as number;
  schedulePump();
  const work = (): unknown => fn(...args);
  return new Started(id, (resolve, reject) => {
    startHere(id, work, resolve, reject);
  });
}

/** Starts a goroutine. See {@link Go}. */
export const go: Go = Object.assign(goElsewhere as Go, { local: goHere, with: goWith });
