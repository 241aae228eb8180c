/**
 * Finding goroutines that a test leaves behind. After go.uber.org/goleak.
 *
 * In vitest and jest: `afterEach(() => verifyNoLeaks())`. In node:test likewise, or
 * `test('...', async (t) => { t.after(() => verifyNoLeaks()); ... })`.
 */

import { argumentError, checkCount, checkMillis, checkObject } from './errors.js';
import { type LeftGoroutine, leftGoroutines } from './internal/left.js';

export type { LeftGoroutine };

/** Which goroutines are no leak, and how long to wait for the others. */
export interface LeakOptions {
  /**
   * Goroutines that were there when {@link ignoreCurrent} was called. Identity is the number, which is
   * never used again.
   */
  readonly ignore?: IgnoredGoroutines;
  /**
   * Functions whose goroutines are no leak: by name, by a part of where they are written (a file), or as
   * a test of what is known.
   */
  readonly ignoreFunctions?: readonly (string | RegExp | ((left: LeftGoroutine) => boolean))[];
  /**
   * How often to look again before it is a leak.
   * @default 20
   */
  readonly maxRetries?: number;
  /**
   * The longest pause between two looks, in milliseconds. The first is 1, and each is twice as long as
   * the one before.
   * @default 100
   */
  readonly maxSleep?: number;
}

/** See {@link ignoreCurrent}. */
export interface IgnoredGoroutines {
  readonly ids: ReadonlySet<number>;
}

/** Goroutines are left. */
export class LeakError extends Error {
  override readonly name = 'LeakError';
  readonly code = 'ERR_GOROUTINE_LEAK';
  /** What they are. */
  readonly goroutines: readonly LeftGoroutine[];

  constructor(goroutines: readonly LeftGoroutine[]) {
    const texts = goroutines.map(({ text }) => text);
    super(`found unexpected goroutines:\n\n${texts.join('\n\n')}`);
    this.goroutines = goroutines;
  }
}

/**
 * The goroutines that are there now, for {@link LeakOptions.ignore}.
 *
 * @example
 * const before = ignoreCurrent();
 * await verifyNoLeaks({ ignore: before });
 */
export function ignoreCurrent(): IgnoredGoroutines {
  const ignored = { ids: new Set(leftGoroutines().map(({ id }) => id)) };
  given.add(ignored);
  return ignored;
}

/** What {@link ignoreCurrent} gave. */
const given = new WeakSet<object>();

/**
 * Looks for goroutines that are left, waiting for those that are about to end.
 *
 * @returns what is left: nothing, if all is well
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` (rejects) for an option
 * @example
 * for (const left of await findLeaks()) console.log(left.function, left.reason);
 */
export async function findLeaks(options: LeakOptions = {}): Promise<readonly LeftGoroutine[]> {
  checkObject('options', options);
  const { maxRetries = 20, maxSleep = 100 } = options;
  checkCount('options.maxRetries', maxRetries, 0, 1_000_000);
  const longest = checkMillis('options.maxSleep', maxSleep);
  const isIgnored = ignorer(options);
  for (let retry = 0, pause = 1; ; retry++, pause *= 2) {
    const left = leftGoroutines().filter((it) => !isIgnored(it));
    if (left.length === 0 || retry === maxRetries) return left;
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, longest)));
  }
}

/**
 * Fails, by rejecting, if goroutines are left that do not end within about a second and a half: call it
 * after each test, or after all of them. Tests that run at the same time in one process are blamed for
 * each other's goroutines; then check after all of them.
 *
 * @throws LeakError `ERR_GOROUTINE_LEAK` (rejects) with what each of them waits for; start the tests with
 *   `GOSCHED_TRACEBACK=1` to see where they wait and where they were created, too
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` (rejects) for an option
 * @example
 * await verifyNoLeaks({ ignoreFunctions: ['heartbeat', /background/] });
 */
export async function verifyNoLeaks(options: LeakOptions = {}): Promise<void> {
  const left = await findLeaks(options);
  if (left.length > 0) throw new LeakError(left);
}

function ignorer({ ignore, ignoreFunctions = [] }: LeakOptions): (left: LeftGoroutine) => boolean {
  if (ignore !== undefined && !given.has(ignore)) {
    throw argumentError('options.ignore', 'what ignoreCurrent() gave', ignore);
  }
  checkObject('options.ignoreFunctions', ignoreFunctions);
  if (!Array.isArray(ignoreFunctions)) {
    throw argumentError('options.ignoreFunctions', 'an array', ignoreFunctions);
  }
  const tests = ignoreFunctions.map((pattern) => {
    if (typeof pattern === 'function') return pattern;
    if (typeof pattern === 'string') {
      return (it: LeftGoroutine) => it.function === pattern || it.place.includes(pattern);
    }
    if (pattern instanceof RegExp) {
      return (it: LeftGoroutine) => pattern.test(it.function) || pattern.test(it.place);
    }
    throw argumentError('ignoreFunctions', 'names, regular expressions or functions', pattern);
  });
  return (left) => ignore?.ids.has(left.id) === true || tests.some((test) => test(left));
}
