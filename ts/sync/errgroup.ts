/**
 * Goroutines that work on one task, of which the first error counts. After `golang.org/x/sync/errgroup`.
 *
 * @module
 */

import { type Context, isContext, withCancel } from '../context.js';
import { GoPanic, argumentError, checkFunction, rangeError } from '../errors.js';
import { go, type Goroutine } from '../go.js';
import { StaysHere } from '../internal/stays-here.js';

/**
 * Goroutines that are waited for together. The first error is what {@link wait} fails with, and ends the
 * group's context, if it has one; later errors are dropped. Nothing is left behind: `wait` is over when
 * all are, and so is `await using group = new ErrGroup()`.
 *
 * @example
 * const { group, ctx } = errgroup.withContext(context.background());
 * group.setLimit(8);
 * for (const url of urls) await group.local(() => fetch(url, { signal: ctx.signal }));
 * await group.go(work, ctx); // on another core
 * if (!group.tryGo(work, ctx)) console.log('eight are busy; so would tryLocal() say');
 * await group.wait();
 */
export class ErrGroup extends StaysHere {
  #limit = Infinity;
  #active = 0;
  /** Starts that wait for a place, oldest first. */
  readonly #queue: (() => void)[] = [];
  #failed: { readonly error: unknown } | undefined;
  readonly #waiters: (() => void)[] = [];
  readonly #end: (cause?: unknown) => void;

  constructor();
  /** @internal */
  constructor(end: (cause?: unknown) => void);
  constructor(end: (cause?: unknown) => void = () => undefined) {
    super();
    this.#end = end;
  }

  /**
   * Runs `fn` as `go` does, in any isolate; at once, or as soon as the limit allows.
   * @param fn an error of it ends the group's context
   * @param args what it is called with; copied to its isolate
   * @returns resolves when it has started: awaiting it is how a limit slows its caller down
   * @throws what `go` throws for the function or its arguments (rejects); the group does not fail then
   */
  go<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Promise<void> {
    checkFunction('fn', fn);
    return this.#start(() => go(fn, ...args));
  }

  /**
   * As {@link go}, in this isolate, by reference.
   * @param fn an error of it ends the group's context
   * @param args what it is called with
   * @returns resolves when it has started
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   */
  local<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Promise<void> {
    checkFunction('fn', fn);
    return this.#start(() => go.local(fn, ...args));
  }

  /**
   * As {@link go} if the limit allows it now.
   * @param fn as for {@link go}
   * @param args as for {@link go}
   * @returns whether it has started
   * @throws what `go` throws for the function or its arguments
   */
  tryGo<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): boolean {
    checkFunction('fn', fn);
    return this.#tryStart(() => go(fn, ...args));
  }

  /**
   * As {@link local} if the limit allows it now.
   * @param fn as for {@link local}
   * @param args as for {@link local}
   * @returns whether it has started
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   * @example
   * const group = new ErrGroup();
   * if (!group.tryLocal(work)) await group.wait();
   */
  tryLocal<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): boolean {
    checkFunction('fn', fn);
    return this.#tryStart(() => go.local(fn, ...args));
  }

  /**
   * Lets at most so many run at a time.
   * @param limit a whole number; a negative one or Infinity takes the limit away
   * @throws GoPanic `ERR_ERRGROUP_LIMIT` while goroutines are active
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `limit`
   */
  setLimit(limit: number): void {
    if (typeof limit !== 'number') throw argumentError('limit', 'a whole number', limit);
    if (!Number.isInteger(limit) && limit !== Infinity) {
      throw rangeError('limit', 'a whole number', limit);
    }
    if (this.#active > 0) {
      throw new GoPanic(
        'ERR_ERRGROUP_LIMIT',
        `errgroup: modify limit while ${this.#active} goroutines in the group are still active`,
      );
    }
    this.#limit = limit < 0 ? Infinity : limit;
  }

  /**
   * Resolves when all have ended, those that still wait for a place included; then the group's context
   * ends.
   * @throws the first error (rejects)
   */
  async wait(): Promise<void> {
    if (this.#active + this.#queue.length > 0) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    this.#end();
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  /** Waits: see {@link wait}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.wait();
  }

  async #start(begin: () => Goroutine<unknown>): Promise<void> {
    if (this.#active >= this.#limit) {
      // Who lets us in has counted us, so nobody takes the place meanwhile.
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    } else {
      this.#active++;
    }
    this.#run(begin);
  }

  #tryStart(begin: () => Goroutine<unknown>): boolean {
    if (this.#active >= this.#limit) return false;
    this.#active++;
    this.#run(begin);
    return true;
  }

  /** The place is ours. */
  #run(begin: () => Goroutine<unknown>): void {
    let goroutine: Goroutine<unknown>;
    try {
      goroutine = begin();
    } catch (error) {
      this.#leave();
      throw error;
    }
    goroutine.then(
      () => this.#leave(),
      (error: unknown) => {
        if (this.#failed === undefined) {
          this.#failed = { error };
          this.#endWith(error);
        }
        this.#leave();
      },
    );
  }

  /** A cause that cannot be copied to other isolates must not keep the context from ending. */
  #endWith(error: unknown): void {
    try {
      this.#end(error);
    } catch {
      this.#end();
    }
  }

  #leave(): void {
    const next = this.#queue.shift();
    if (next !== undefined) {
      next();
    } else if (--this.#active === 0) {
      for (const wake of this.#waiters.splice(0)) wake();
    }
  }
}

/**
 * A group and a context for its goroutines, which ends with the first error as its cause, or when `wait`
 * is over.
 *
 * @param parent ends the group's context too
 * @throws TypeError `ERR_INVALID_ARG_TYPE` when `parent` is no context
 * @example
 * const { group, ctx } = errgroup.withContext(context.background());
 * void group.go(work, ctx);
 * await group.wait();
 */
export function withContext(parent: Context): { readonly group: ErrGroup; readonly ctx: Context } {
  if (!isContext(parent)) throw argumentError('parent', 'a context', parent);
  const { ctx, cancel } = withCancel(parent);
  return { group: new ErrGroup(cancel), ctx };
}
