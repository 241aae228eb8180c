/**
 * `Timer` and `Ticker`: times that arrive on a channel. After Go 1.23: once `stop` or `reset` has
 * returned, no time of before is received, so nobody has to drain anything.
 */

import type { RecvChan } from './chan.js';
import { GoPanic, argumentError, checkMillis, rangeError } from './errors.js';
import { HANDLE_OF, adopt, arrive, onArrival, type Shareable } from './internal/handles.js';
import { native } from './internal/native.js';
import { Double, HandleKind, Word, doubles, words } from './internal/page.js';

const I = words;
const F = doubles;

/** Hidden argument: the handle of a timer that arrived from another isolate. */
const arrived = Symbol('arrived');

/** What the two have in common. */
abstract class Alarm implements Shareable {
  readonly #handle: number;
  #c: RecvChan<number> | undefined;

  /** @internal */
  constructor(handle: number) {
    this.#handle = handle;
    adopt(this, handle);
  }

  get [HANDLE_OF](): number {
    return this.#handle;
  }

  /**
   * Where the times arrive, in milliseconds since 1970. Room for one: a late receiver gets the first
   * time that it missed. Nothing ever closes it.
   */
  get c(): RecvChan<number> {
    if (this.#c === undefined) {
      I[Word.Handle] = this.#handle;
      native.timerChan();
      this.#c = arrive(HandleKind.Chan, I[Word.Handle] as number) as RecvChan<number>;
    }
    return this.#c;
  }

  /** Stops it: `using timer = new Timer(ms)`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * Stops it. A goroutine that waits on {@link c} goes on waiting, and holds the process no more.
   * @returns whether it would have fired, or had and nobody has received the time
   */
  stop(): boolean {
    I[Word.Handle] = this.#handle;
    native.stopTimer();
    return I[Word.Count] === 1;
  }

  /** @internal */
  protected restart(ms: number): boolean {
    I[Word.Handle] = this.#handle;
    F[Double.Number2] = ms;
    native.resetTimer();
    return I[Word.Count] === 1;
  }
}

/**
 * Sends the time once, later; can be stopped and set anew, from any isolate that it is passed to.
 *
 * It holds the process only while somebody waits on `c`. One that nobody refers to any more is
 * collected, fired or not.
 *
 * @example
 * const idle = new Timer(200);
 * for (;;) {
 *   const got = await select({ message: inbox, idle: idle.c });
 *   if (got.key === 'idle') break;
 *   idle.reset(200);
 * }
 * idle.stop();
 */
export class Timer extends Alarm {
  /**
   * @param ms milliseconds from now; 0 or less is due at once
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `ms`
   */
  constructor(ms: number);
  /** @internal */
  constructor(mark: typeof arrived, handle: number);
  constructor(msOrMark: number | typeof arrived, handle?: number) {
    super(msOrMark === arrived ? (handle as number) : make(checkMillis('ms', msOrMark), 0));
  }

  /**
   * Sets it to fire `ms` milliseconds from now, whether it was pending, stopped, or has fired.
   * @param ms milliseconds; 0 or less is due at once
   * @returns as {@link stop}
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `ms`
   */
  reset(ms: number): boolean {
    return this.restart(checkMillis('ms', ms));
  }

  get [Symbol.toStringTag](): string {
    return 'Timer';
  }
}

/**
 * Sends the time again and again. Ticks that nobody received in time are left out, and the others
 * keep their rhythm.
 *
 * It holds the process only while somebody waits on `c`; one that nobody refers to any more is
 * collected.
 *
 * @example
 * using ticker = new Ticker(100);
 * for await (const at of ticker.c) if (report(at)) break;
 * ticker.reset(1_000);
 * ticker.stop();
 */
export class Ticker extends Alarm {
  /**
   * @param ms the period in milliseconds, more than 0; less than a microsecond counts as one
   * @throws GoPanic `ERR_TICKER_INTERVAL` for 0 or less
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for another `ms`
   */
  constructor(ms: number);
  /** @internal */
  constructor(mark: typeof arrived, handle: number);
  constructor(msOrMark: number | typeof arrived, handle?: number) {
    super(msOrMark === arrived ? (handle as number) : make(checkPeriod(msOrMark, 'NewTicker'), 1));
  }

  /**
   * The next tick comes `ms` milliseconds from now, and so on; also if it was stopped.
   * @param ms the period in milliseconds, as for the constructor
   * @throws GoPanic `ERR_TICKER_INTERVAL` for 0 or less
   * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for another `ms`
   */
  reset(ms: number): void {
    this.restart(checkPeriod(ms, 'Ticker.Reset'));
  }

  get [Symbol.toStringTag](): string {
    return 'Ticker';
  }
}

function checkPeriod(ms: unknown, caller: string): number {
  if (typeof ms !== 'number') throw argumentError('ms', 'a number of milliseconds', ms);
  if (Number.isNaN(ms)) throw rangeError('ms', 'a number of milliseconds', ms);
  if (ms <= 0) {
    throw new GoPanic('ERR_TICKER_INTERVAL', `non-positive interval for ${caller}: ${ms} ms`);
  }
  return ms;
}

function make(ms: number, kind: 0 | 1): number {
  F[Double.Number2] = ms;
  I[Word.Kind] = kind;
  native.makeTimer();
  return I[Word.Handle] as number;
}

onArrival(HandleKind.Timer, (handle) => new Timer(arrived, handle));
onArrival(HandleKind.Ticker, (handle) => new Ticker(arrived, handle));
