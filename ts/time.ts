/** Time: `sleep`, `after`, `tick`, `afterFunc`. */

import { Channel, chan, type RecvChan } from './chan.js';
import { type Context, isContext } from './context.js';
import { argumentError, checkFunction, checkMillis } from './errors.js';
import { go } from './go.js';
import { native } from './internal/native.js';
import { Double, Word, doubles, words } from './internal/page.js';
import { schedulePump } from './internal/pump.js';
import { park } from './internal/tickets.js';
import { select } from './select.js';
import { Ticker, Timer } from './timer.js';

const I = words;
const F = doubles;

/**
 * Waits.
 *
 * @param ms milliseconds; 0 or less yields once
 * @param ctx ends the wait early
 * @throws the context's cause (rejects) if it ends first
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` (rejects) for an argument
 * @example
 * await sleep(100, ctx);
 */
export async function sleep(ms: number, ctx?: Context): Promise<void> {
  const delay = checkMillis('ms', ms);
  if (ctx !== undefined) {
    if (!isContext(ctx)) throw argumentError('ctx', 'a context', ctx);
    ctx.throwIfDone();
    const timer = new Timer(delay);
    const { key } = await select({ done: ctx.done(), late: timer.c });
    timer.stop();
    if (key === 'done') ctx.throwIfDone();
    return;
  }
  F[Double.Number2] = delay;
  native.sleep();
  await new Promise<void>((resolve) => {
    park({ wake: () => resolve() });
    schedulePump();
  });
}

/**
 * A channel that gets the time once, after `ms` milliseconds. Waiting on it holds the process; the
 * timer alone does not.
 *
 * @param ms milliseconds; 0 or less is due at once
 * @returns the time is in milliseconds since 1970
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `ms`
 * @example
 * const got = await select({ reply, late: after(500) });
 */
export function after(ms: number): RecvChan<number> {
  F[Double.Number2] = checkMillis('ms', ms);
  native.after();
  // Shared from the start: the timer thread sends to it.
  return new Channel<number>(I[Word.Handle] as number, true);
}

/**
 * A {@link Ticker}: the time again and again, on its `c`.
 *
 * @param ms the period in milliseconds, more than 0
 * @throws GoPanic `ERR_TICKER_INTERVAL` for 0 or less
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for another `ms`
 * @example
 * using ticker = tick(100);
 * for await (const at of ticker.c) if (report(at)) break;
 */
export function tick(ms: number): Ticker {
  return new Ticker(ms);
}

/**
 * A call that is to come: see {@link afterFunc}.
 *
 * @example
 * const idle = afterFunc(60_000, () => socket.destroy());
 * for await (const message of files) idle.reset(60_000);
 * idle.stop();
 */
export interface Call {
  /** Prevents it. False: it has begun, or was prevented before. */
  stop(): boolean;
  /**
   * Has it come `ms` milliseconds from now, once more if it has begun already.
   * @param ms milliseconds; 0 or less is due at once
   * @returns whether it was still to come
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `ms`
   */
  reset(ms: number): boolean;
  /** Calls {@link stop}. */
  [Symbol.dispose](): void;
}

/**
 * Calls `fn` in a goroutine of its own, in this isolate, after `ms` milliseconds. Holds the process
 * until then. What `fn` throws is an unhandled rejection.
 *
 * @param ms milliseconds; 0 or less is due at once
 * @param fn called without arguments
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for an argument
 * @example
 * using alarm = afterFunc(1_000, () => console.error('this takes long'));
 * await work();
 */
export function afterFunc(ms: number, fn: () => unknown): Call {
  checkFunction('fn', fn);
  /** Closed to prevent the call: the one that is to come, or undefined. */
  let coming: RecvChan<never> & { close(): void } | undefined;
  const start = (delay: number): void => {
    const prevented = chan<never>();
    coming = prevented;
    void (async () => {
      const timer = new Timer(delay);
      const { key } = await select({ due: timer.c, prevented });
      timer.stop();
      if (key === 'prevented' || coming !== prevented) return;
      coming = undefined;
      void go.local(fn);
    })();
  };
  const stop = (): boolean => {
    const was = coming;
    coming = undefined;
    was?.close();
    return was !== undefined;
  };
  start(checkMillis('ms', ms));
  return {
    stop,
    reset(again) {
      const delay = checkMillis('ms', again);
      const was = stop();
      start(delay);
      return was;
    },
    [Symbol.dispose]: () => void stop(),
  };
}
