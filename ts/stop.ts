/** `stop`: ends a goroutine that need not want to. */

import { GoPanic, GoroutineKilled, argumentError, checkBoolean, checkMillis, checkObject } from './errors.js';
import { Started, type Goroutine } from './go.js';
import { isInstance } from './internal/instance.js';
import { native } from './internal/native.js';
import { Double, Killed, Word, doubles, words } from './internal/page.js';
import { schedulePump } from './internal/pump.js';
import { putValue } from './internal/values.js';

const I = words;
const F = doubles;

/** How {@link stop} ends a goroutine. */
export interface StopOptions {
  /**
   * How the goroutine is asked to end: the `cancel` of the context it was given, or the
   * `AbortController` whose signal it watches.
   * @default nothing: it is only waited for
   */
  readonly cancel?: ((cause?: Error) => void) | AbortController;
  /** What the goroutine is told, and with which cause it is killed. @default none */
  readonly cause?: Error;
  /**
   * How long it has, in milliseconds, from 0 up. It is for the goroutine to clean up.
   * @default 0
   */
  readonly grace?: number;
  /**
   * Whether to end its isolate when the time is over. Other goroutines that live there end with it; theirs
   * is an `IsolateDied` with the reason `killed`.
   * @default false
   */
  readonly kill?: boolean;
}

/**
 * Asks a goroutine to end, waits for a while, and, if told to, ends it.
 *
 * JavaScript that never yields (`while (true);`, a regular expression that backtracks for hours) sees no
 * cancellation, and cannot be interrupted. It ends only with its isolate: the thread is terminated, every
 * goroutine that lives there ends, locks they held are released, and another isolate is started when there
 * is work. So cancel first, and kill what would otherwise hold a core for good.
 *
 * An error with which the goroutine ends counts as handled.
 *
 * @param g what `go` gave, in the isolate that called it
 * @param options how it is asked, how long it has, and what comes then
 * @returns `ended` if it had, in time; `killed`; or `running` without `kill`
 * @throws GoPanic `ERR_NOT_KILLABLE` (rejects) for a `go.local` goroutine that must be killed: it shares its
 *   thread with whoever started it
 * @throws TypeError `ERR_INVALID_ARG_TYPE`, RangeError `ERR_OUT_OF_RANGE` (rejects) for an argument
 * @example
 * const { ctx, cancel } = context.withCancel(context.background());
 * const search = go(async (it: Context) => void (await it.done().recv()), ctx);
 * const how = await stop(search, { cancel, grace: 500, kill: true });
 * if (how === 'killed') console.log('it did not listen');
 */
export async function stop(
  g: Goroutine<unknown>,
  options: StopOptions = {},
): Promise<'ended' | 'killed' | 'running'> {
  if (!isInstance(g, Started)) throw argumentError('g', 'a goroutine that go() started', g);
  checkObject('options', options);
  const { cancel, cause, grace = 0, kill = false } = options;
  const ms = checkMillis('options.grace', grace);
  checkBoolean('options.kill', kill);
  const ended = g.then(
    () => undefined,
    () => undefined,
  );
  if (cancel instanceof AbortController) cancel.abort(cause);
  else if (typeof cancel === 'function') cancel(cause);
  else if (cancel !== undefined) {
    throw argumentError('options.cancel', 'a cancel function or an AbortController', cancel);
  }
  if (await endsWithin(ended, ms)) return 'ended';
  if (!kill) return 'running';
  return (await killed(g, cause)) ? 'killed' : 'ended';
}

async function endsWithin(ended: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const inTime = await Promise.race([ended.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}

/** Resolves when it is over. False: it ended by itself just before. */
async function killed(g: Goroutine<unknown>, cause: Error | undefined): Promise<boolean> {
  putValue(new GoroutineKilled(g.id, cause === undefined ? {} : { cause }));
  F[Double.Number2] = g.id;
  native.kill();
  const status = I[Word.Status] as number as Killed;
  if (status === Killed.Spared) {
    throw new GoPanic('ERR_NOT_KILLABLE', `goroutine ${g.id} shares this thread: it cannot be killed`);
  }
  schedulePump();
  return g.then(
    () => false,
    (reason: unknown) => reason instanceof GoroutineKilled && reason.goroutine === g.id,
  );
}
