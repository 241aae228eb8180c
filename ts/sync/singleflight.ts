/**
 * Of calls with the same key at the same time, one does the work. After
 * `golang.org/x/sync/singleflight`.
 *
 * @module
 */

import { chan, type RecvChan } from '../chan.js';
import { checkFunction } from '../errors.js';
import { StaysHere } from '../internal/stays-here.js';

/** What a call came to. */
export interface Shared<T> {
  /** What the function that was called resolved to. */
  readonly value: T;
  /** Whether others got it too. */
  readonly shared: boolean;
}

/** What {@link Group.doChan} delivers: a value or an error, and whether others got it too. */
export type Outcome<T> =
  | { readonly value: T; readonly error?: undefined; readonly shared: boolean }
  | { readonly value?: undefined; readonly error: unknown; readonly shared: boolean };

interface Flight<T> {
  readonly result: Promise<T>;
  callers: number;
}

/**
 * A class of work, in this isolate, with suppression of duplicates.
 *
 * @example
 * const lookups = new singleflight.Group<string, User>();
 * const { value: user } = await lookups.do(id, () => db.user(id));
 * lookups.forget(id);
 * const got = await select({ user: lookups.doChan(id, () => db.user(id)), late: after(100) });
 */
export class Group<K, T> extends StaysHere {
  readonly #flights = new Map<K, Flight<T>>();

  /**
   * Calls `fn`, unless a call with this key is under way: then waits for that one's result.
   * @param key compared as by a `Map`
   * @param fn called without arguments, in this isolate
   * @throws what the call failed with (rejects): everybody gets the same error
   * @throws TypeError `ERR_INVALID_ARG_TYPE` (rejects) when `fn` is no function
   */
  async do(key: K, fn: () => T | PromiseLike<T>): Promise<Shared<T>> {
    checkFunction('fn', fn);
    const flight = this.#join(key, fn);
    const value = await flight.result;
    return { value, shared: flight.callers > 1 };
  }

  /**
   * As {@link do}; a channel gets the outcome, once, and is never closed: a case of a `select`.
   * @param key as for {@link do}
   * @param fn as for {@link do}
   * @throws TypeError `ERR_INVALID_ARG_TYPE` when `fn` is no function
   */
  doChan(key: K, fn: () => T | PromiseLike<T>): RecvChan<Outcome<T>> {
    checkFunction('fn', fn);
    const outcomes = chan<Outcome<T>>(1);
    const flight = this.#join(key, fn);
    const deliver = async (): Promise<void> => {
      let outcome: Outcome<T>;
      try {
        const value = await flight.result;
        outcome = { value, shared: flight.callers > 1 };
      } catch (error) {
        outcome = { error, shared: flight.callers > 1 };
      }
      await outcomes.send(outcome);
    };
    void deliver();
    return outcomes;
  }

  /**
   * The next call with this key does not join the one that is under way.
   * @param key as for {@link do}
   */
  forget(key: K): void {
    this.#flights.delete(key);
  }

  #join(key: K, fn: () => T | PromiseLike<T>): Flight<T> {
    const known = this.#flights.get(key);
    if (known !== undefined) {
      known.callers++;
      return known;
    }
    const flight: Flight<T> = { result: this.#fly(key, fn, () => flight), callers: 1 };
    this.#flights.set(key, flight);
    return flight;
  }

  async #fly(key: K, fn: () => T | PromiseLike<T>, own: () => Flight<T>): Promise<T> {
    // `fn` may call `do` itself, so the flight is listed before it runs.
    await Promise.resolve();
    try {
      return await fn();
    } finally {
      if (this.#flights.get(key) === own()) this.#flights.delete(key);
    }
  }
}
