import { context } from 'gosched';
import { rate } from 'gosched/sync';
import { expect, test } from 'vitest';

/** A limiter of `limit` a second whose clock the test sets, in units of `unit` ms. */
function limiter(limit: number, burst: number, unit = 100) {
  let time = 0;
  const at = (units: number): void => {
    time = units * unit;
  };
  return { at, it: new rate.Limiter(limit, burst, { now: () => time }) };
}

test('XS-038 every: no limit for zero and less', () => {
  expect([0, -1, 1, 10, 1000, 2000].map((ms) => rate.every(ms))).toEqual([
    rate.Inf, rate.Inf, 1000, 100, 1, 0.5,
  ]);
});

test('XS-040 a burst of 3 at 10 a second; none is always allowed', () => {
  const { at, it } = limiter(10, 3);
  const table: [number, number, boolean][] = [
    [0, 2, true], [0, 2, false], [0, 1, true], [0, 1, false], [1, 4, false], [2, 1, true],
    [3, 1, true], [4, 1, true], [4, 1, true], [4, 1, false], [4, 0, true], [9, 3, true], [9, 0, true],
  ];
  for (const [time, n, allowed] of table) {
    at(time);
    expect([time, n, it.allow(n)]).toEqual([time, n, allowed]);
  }
});

test('XS-041 a clock that goes back mints nothing, and refills later', () => {
  const { at, it } = limiter(10, 3);
  at(1);
  expect([it.allow(), it.allow()]).toEqual([true, true]);
  at(0);
  expect([it.allow(), it.allow(), it.allow()]).toEqual([true, false, false]);
  at(1);
  expect([it.allow(), it.allow()]).toEqual([true, false]);
});

test('XS-042 a fractional rate loses nothing to rounding', () => {
  expect(new rate.Limiter(0.7692307692307693, 1).allow()).toBe(true);
});

test('XS-047 XS-049 cancelling what failed, or is over, has no effect', () => {
  const { at, it } = limiter(10, 2);
  it.reserve(2);
  const failed = it.reserve(3);
  expect([failed.ok, failed.delay()]).toEqual([false, Infinity]);
  failed.cancel();
  expect(it.reserve(2).delay()).toBe(200);
  const late = it.reserve(2);
  at(5);
  late.cancel();
  expect(it.tokens).toBe(1);
});

test('XS-050 XS-051 a cancelled reservation gives back what later ones do not count on', () => {
  const { it } = limiter(10, 3);
  it.reserve(2);
  const middle = it.reserve(2);
  const newest = it.reserve(1);
  expect([middle.delay(), newest.delay()]).toEqual([100, 200]);
  middle.cancel(); // of its two, one is counted on
  expect(it.reserve(1).delay()).toBe(200);
  const other = limiter(10, 3);
  other.it.reserve(3);
  const first = other.it.reserve(1);
  const second = other.it.reserve(2);
  second.cancel();
  first.cancel();
  expect(other.it.reserve(1).delay()).toBe(100);
});

test('XS-052 a failed reservation leaves the state alone, whatever the clock does', () => {
  const { at, it } = limiter(10, 2);
  at(1);
  it.reserve(2);
  at(0);
  expect(it.reserve(3).ok).toBe(false);
  expect(it.reserve(1).delay()).toBe(100);
});

test('XS-053 what is reserved keeps its time when the numbers change', () => {
  const { it } = limiter(10, 2);
  it.reserve(2);
  const old = it.reserve(2);
  it.setLimit(20);
  expect([it.limit, old.delay()]).toEqual([20, 200]);
  expect(it.reserve(2).delay()).toBe(200);
  it.setBurst(4);
  expect([it.burst, old.delay()]).toEqual([4, 200]);
  expect(it.reserve(4).delay()).toBe(400);
});

test('XS-055 an ended context fails at once and takes nothing', async () => {
  const { it } = limiter(10, 3);
  const { ctx, cancel } = context.withCancel(context.background());
  cancel();
  await expect(it.wait(ctx)).rejects.toBeInstanceOf(context.Canceled);
  expect(it.tokens).toBe(3);
});

test('XS-056 more than the burst fails at once, naming it', async () => {
  const { it } = limiter(10, 3);
  await expect(it.wait(context.background(), 4)).rejects.toMatchObject({
    code: 'ERR_RATE_EXCEEDED',
    message: expect.stringContaining('burst 3'),
  });
});

test('XS-057 what can act now does not wait; the next waits as long as it must', async () => {
  const it = new rate.Limiter(20, 1);
  const start = performance.now();
  await it.wait();
  await it.wait(context.background());
  expect(performance.now() - start).toBeGreaterThanOrEqual(48);
});

test('XS-058 cancelled while it waits: the cause, and the tokens are back', async () => {
  const { it } = limiter(10, 3);
  it.allow(3);
  const { ctx, cancel } = context.withCancel(context.background());
  const waited = it.wait(ctx, 2);
  expect(it.tokens).toBe(-2);
  cancel(new Error('enough'));
  await expect(waited).rejects.toThrow('enough');
  expect(it.tokens).toBe(0);
});

test('XS-059 a wait beyond the deadline fails at once', async () => {
  const { it } = limiter(0.001, 1);
  it.allow();
  using timed = context.withTimeout(context.background(), 60_000);
  await expect(it.wait(timed.ctx)).rejects.toThrow('would exceed context deadline');
  expect(it.tokens).toBe(0);
});

test('XS-060 without a limit anything passes, though the burst is 0', async () => {
  const it = new rate.Limiter(rate.Inf, 0);
  await it.wait(context.background(), 1000);
  expect([it.allow(1000), it.reserve(1e9).delay()]).toEqual([true, 0]);
});

test('XS-061 XS-062 a limit of 0: the burst, then never, until there is a limit', async () => {
  const { it } = limiter(0, 1);
  expect([it.allow(), it.allow(), it.reserve().ok]).toEqual([true, false, false]);
  await expect(it.wait()).rejects.toThrow('for ever');
  it.setLimit(10);
  expect(it.reserve().delay()).toBe(100);
});

test('XS-063 a tiny limit: the burst only', () => {
  const it = new rate.Limiter(1e-10, 1);
  expect([it.allow(), it.allow()]).toEqual([true, false]);
  expect(it.reserve().delay()).toBeGreaterThan(1e12);
});

test.each([
  [{}, [0]],
  [{ first: 3 }, [0, 1, 2]],
  [{ every: 2 }, [0, 2, 4, 6, 8]],
  [{ interval: 4 }, [0, 4, 8]],
  [{ first: 2, every: 5, interval: 3 }, [0, 1, 4, 5, 8]],
  [{ first: 0, every: 0, interval: 0 }, [0]],
  [{ first: -1, every: -1, interval: -1 }, [0]],
  [{ first: Infinity }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
  [{ interval: Infinity }, [0]],
])('XS-064 XS-065 sometimes, %o', (rules, expected) => {
  let time = 0;
  const called: number[] = [];
  const sometimes = new rate.Sometimes({ ...rules, now: () => time });
  for (; time < 10; time++) sometimes.do(() => called.push(time));
  expect(called).toEqual(expected);
});
