/** Time: `sleep` and `after`. */

import { Channel, type RecvChan } from './chan.js';
import { type Context, isContext } from './context.js';
import { argumentError, checkMillis } from './errors.js';
import { native } from './internal/native.js';
import { Double, Word, doubles, words } from './internal/page.js';
import { schedulePump } from './internal/pump.js';
import { park } from './internal/tickets.js';
import { select } from './select.js';

const I = words;
const F = doubles;

/**
 * Waits.
 *
 * @param ms milliseconds; 0 or less yields once
 * @param ctx ends the wait early
 * @throws the context's error (rejects) if it ends first
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` (rejects) for an argument
 */
export async function sleep(ms: number, ctx?: Context): Promise<void> {
  const delay = checkMillis('ms', ms);
  if (ctx !== undefined) {
    if (!isContext(ctx)) throw argumentError('ctx', 'a context', ctx);
    ctx.throwIfDone();
    const { key } = await select({ done: ctx.done(), late: after(delay) });
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
  return new Channel<number>(I[Word.Handle] as number, true, true);
}
