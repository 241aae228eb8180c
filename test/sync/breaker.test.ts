import { Breaker, type BreakerOptions } from 'gosched/sync';
import { expect, test } from 'vitest';

/** A breaker whose clock the test moves, and the changes it told of. */
function breaker(options: BreakerOptions = {}) {
  let time = 0;
  const changes: string[] = [];
  const it = new Breaker({
    now: () => time,
    onStateChange: (name, from, to) => changes.push(`${name} ${from} ${to}`),
    ...options,
  });
  const pass = (ms: number): void => {
    time += ms;
  };
  return { it, pass, changes };
}

const failure = new Error('down');
const fail = (it: Breaker): Promise<void> =>
  expect(it.execute(() => Promise.reject(failure))).rejects.toBe(failure);
const succeed = async (it: Breaker): Promise<void> => expect(await it.execute(() => 1)).toBe(1);
const isRefused = (it: Breaker, code: string): Promise<void> =>
  expect(it.execute(() => 1)).rejects.toMatchObject({ name: 'BreakerOpen', code });

test('CB-002 the defaults', async () => {
  const { it, pass } = breaker();
  for (let n = 0; n < 5; n++) await fail(it);
  pass(86_400_000); // no interval after which counts start anew
  expect([it.name, it.state, it.counts.failures]).toEqual(['', 'closed', 5]);
  await fail(it);
  pass(59_999);
  expect(it.state).toBe('open');
  pass(1);
  const report = it.allow();
  await isRefused(it, 'ERR_BREAKER_BUSY');
  report();
  expect(it.state).toBe('closed');
});

test('CB-005 CB-006 closed: it counts, and five failures do not open it', async () => {
  const { it } = breaker();
  expect(it.state).toBe('closed');
  for (let n = 0; n < 5; n++) await fail(it);
  expect(it.state).toBe('closed');
  expect(it.counts).toMatchObject({ requests: 5, failures: 5, consecutiveFailures: 5 });
  await succeed(it);
  expect(it.counts).toEqual({
    requests: 6,
    successes: 1,
    failures: 5,
    consecutiveSuccesses: 1,
    consecutiveFailures: 0,
  });
});

test('CB-003 negative intervals and timeouts are not set', async () => {
  const { it, pass } = breaker({ interval: -1, timeout: -1, readyToTrip: () => true });
  await fail(it);
  pass(59_999);
  expect(it.state).toBe('open');
  pass(1);
  expect(it.state).toBe('half-open');
});

test('CB-004 what is set is kept', async () => {
  const { it, pass, changes } = breaker({
    name: 'own',
    maxRequests: 2,
    interval: 100,
    timeout: 500,
    readyToTrip: ({ failures }) => failures === 2,
  });
  expect([it.name, it.state]).toEqual(['own', 'closed']);
  await fail(it);
  pass(100); // the interval is over: that failure is forgotten
  await fail(it);
  expect(it.state).toBe('closed');
  await fail(it);
  pass(499);
  expect(it.state).toBe('open');
  pass(1);
  await succeed(it);
  expect(it.state).toBe('half-open');
  await succeed(it);
  expect([it.state, changes[0]]).toEqual(['closed', 'own closed open']);
});

test('CB-008 CB-009 CB-010 open: refused, uncalled, until the timeout has passed', async () => {
  const { it, pass } = breaker({ name: 'pay', timeout: 1000 });
  for (let n = 0; n < 6; n++) await fail(it);
  let calls = 0;
  await expect(it.execute(() => calls++)).rejects.toThrow('pay: circuit breaker is open');
  expect([calls, it.counts.requests]).toEqual([0, 0]);
  pass(999);
  expect(it.state).toBe('open');
  pass(1);
  expect(it.state).toBe('half-open');
});

test('CB-011 CB-018 half-open: one failure opens it anew', async () => {
  const { it, pass, changes } = breaker({ name: 'b', timeout: 1000, readyToTrip: () => true });
  await fail(it);
  pass(1000);
  await fail(it);
  pass(999);
  await isRefused(it, 'ERR_BREAKER_OPEN');
  pass(1);
  await succeed(it);
  expect(changes).toEqual([
    'b closed open', 'b open half-open', 'b half-open open', 'b open half-open', 'b half-open closed',
  ]);
  expect(it.counts.requests).toBe(0);
});

test('CB-012 CB-013 CB-014 half-open: three at a time, and three in a row close it', async () => {
  const { it, pass } = breaker({ maxRequests: 3, readyToTrip: () => true });
  await fail(it);
  pass(60_000);
  const reports = [it.allow(), it.allow(), it.allow()] as const;
  await isRefused(it, 'ERR_BREAKER_BUSY');
  reports[0]();
  reports[1]();
  expect([it.state, it.counts.consecutiveSuccesses]).toEqual(['half-open', 2]);
  reports[2]();
  expect([it.state, it.counts.requests]).toEqual(['closed', 0]);
});

test('CB-015 the counts of a closed breaker start anew with its interval', async () => {
  const { it, pass } = breaker({ interval: 30_000 });
  await fail(it);
  pass(29_999);
  await fail(it);
  expect(it.counts.requests).toBe(2);
  pass(1);
  await fail(it);
  expect(it.counts.requests).toBe(1);
});

test('CB-017 it asks whether to open only after failures, with a copy of its counts', async () => {
  const asked: number[] = [];
  const { it } = breaker({
    readyToTrip: (counts) => {
      asked.push(counts.failures);
      (counts as { failures: number }).failures = 100;
      return false;
    },
  });
  await fail(it);
  await succeed(it);
  await fail(it);
  expect(asked).toEqual([1, 2]);
});

test('CB-022 what is excluded counts as nothing, what is successful as a success', async () => {
  const { it } = breaker({ isExcluded: (e) => e === 1, isSuccessful: (e) => e === 1 || e === 2 });
  for (const error of [1, 2, 3]) {
    await expect(it.execute(() => Promise.reject(error))).rejects.toBe(error);
  }
  expect(it.counts).toMatchObject({ requests: 2, successes: 1, failures: 1 });
});

test('CB-023 what throws undefined has failed too', async () => {
  const { it } = breaker();
  await expect(it.execute(() => Promise.reject(undefined))).rejects.toBe(undefined);
  expect(it.counts.failures).toBe(1);
});

test('CB-024 CB-032 a report after a change, or a second one, is ignored', async () => {
  const { it, pass } = breaker({ interval: 1000 });
  const before = it.allow();
  pass(1000);
  before(failure);
  expect(it.counts.failures).toBe(0);
  const report = it.allow();
  report(failure);
  report(failure);
  expect(it.counts.failures).toBe(1);
});

const rolling = { interval: 30_000, bucketPeriod: 3_000 };

test('CB-025 a rolling window: the sum of ten buckets, of which the oldest leaves', async () => {
  const { it, pass } = breaker({ ...rolling, readyToTrip: () => false });
  for (let bucket = 0; bucket < 10; bucket++) {
    for (let n = 0; n <= bucket; n++) await fail(it);
    await succeed(it);
    pass(3_000);
  }
  // Of the first bucket, with its one failure, nothing is left; the newest is still empty.
  expect(it.counts).toMatchObject({ requests: 63, successes: 9, failures: 54 });
  pass(2_999);
  await fail(it);
  expect(it.counts).toMatchObject({ requests: 64, failures: 55, consecutiveFailures: 1 });
  pass(1);
  expect(it.counts).toMatchObject({ requests: 61, successes: 8, failures: 53 });
  pass(26_999);
  expect(it.counts).toMatchObject({ requests: 1, successes: 0, failures: 1, consecutiveFailures: 1 });
  pass(1);
  expect(it.counts).toMatchObject({ requests: 0, failures: 0, consecutiveFailures: 0 });
});

test('CB-025 what is in a row is counted within the window', async () => {
  const { it, pass } = breaker({ ...rolling });
  for (let n = 0; n < 5; n++) await fail(it);
  pass(27_000);
  expect(it.counts.consecutiveFailures).toBe(5);
  await fail(it); // the sixth in a row opens it
  expect(it.state).toBe('open');

  const { it: other, pass: passOther } = breaker({ ...rolling });
  for (let n = 0; n < 5; n++) await fail(other);
  passOther(15_000);
  await fail(other);
  expect(other.state).toBe('open');

  const { it: late, pass: passLate } = breaker({ ...rolling });
  for (let n = 0; n < 5; n++) await fail(late);
  passLate(30_000);
  await fail(late); // the five before are gone
  expect(late.state).toBe('closed');
  expect(late.counts.consecutiveFailures).toBe(1);
});

test('CB-025 a call counts where it began, and not at all once that has left the window', () => {
  const { it, pass } = breaker({ ...rolling, readyToTrip: () => false });
  const [early, late] = [it.allow(), it.allow()];
  pass(29_999);
  early(failure);
  expect(it.counts).toMatchObject({ requests: 2, failures: 1 });
  pass(1);
  expect(it.counts).toMatchObject({ requests: 0, failures: 0 });
  late(failure);
  expect(it.counts).toMatchObject({ requests: 0, failures: 0, consecutiveFailures: 0 });
});

test('CB-026 an interval that is no multiple of the bucket is rounded up', async () => {
  const { it, pass } = breaker({ interval: 10_000, bucketPeriod: 3_000, readyToTrip: () => false });
  await fail(it);
  pass(11_999);
  expect(it.counts.failures).toBe(1);
  pass(1);
  expect(it.counts.failures).toBe(0);
  const { it: one, pass: passOne } = breaker({ interval: 1_000, bucketPeriod: 3_000 });
  await fail(one);
  passOne(2_999);
  expect(one.counts.failures).toBe(1);
  passOne(1);
  expect(one.counts.failures).toBe(0);
});

test('CB-029 a rolling window opens, half-opens and closes; closed, it has no expiry', async () => {
  const readyToTrip = ({ requests, failures }: { requests: number; failures: number }) =>
    requests >= 3 && failures / requests >= 0.6;
  const { it, pass, changes } = breaker({ name: 'r', ...rolling, readyToTrip });
  await succeed(it);
  await fail(it);
  expect(it.state).toBe('closed');
  pass(30_000 - 1); // where a fixed interval is about to end; the window has only moved on
  expect(it.counts.requests).toBe(2);
  await fail(it);
  expect(it.state).toBe('open');
  expect(it.counts.requests).toBe(0);
  pass(60_000);
  expect(it.state).toBe('half-open');
  const report = it.allow();
  pass(300_000); // half-open, no window rolls
  await isRefused(it, 'ERR_BREAKER_BUSY');
  report();
  expect([it.state, it.counts.requests]).toEqual(['closed', 0]);
  expect(changes).toEqual(['r closed open', 'r open half-open', 'r half-open closed']);
  const before = it.allow();
  pass(1_000_000);
  before(failure);
  expect(it.counts).toMatchObject({ requests: 0, failures: 0 });
});

test('CB-030 with half of 10,000 excluded the totals are exact', async () => {
  const { it } = breaker({ isExcluded: () => true });
  await Promise.all(
    Array.from({ length: 10_000 }, (_, n) =>
      it.execute(() => (n % 2 === 0 ? n : Promise.reject(failure))).catch(() => undefined),
    ),
  );
  expect(it.counts).toMatchObject({ requests: 5000, successes: 5000, failures: 0 });
});

test.each([
  ['ERR_INVALID_ARG_TYPE', { readyToTrip: 1 }],
  ['ERR_INVALID_ARG_TYPE', { name: 1 }],
  ['ERR_INVALID_ARG_TYPE', { timeout: '1' }],
  ['ERR_OUT_OF_RANGE', { maxRequests: -1 }],
  ['ERR_OUT_OF_RANGE', { interval: NaN }],
  ['ERR_INVALID_ARG_TYPE', { bucketPeriod: '1' }],
  ['ERR_OUT_OF_RANGE', { bucketPeriod: NaN }],
  ['ERR_OUT_OF_RANGE', { interval: 10_001, bucketPeriod: 1 }],
  ['ERR_OUT_OF_RANGE', { interval: Infinity, bucketPeriod: 1 }],
])('%s for %o', (code, options) => {
  expect(() => new Breaker(options as never)).toThrow(expect.objectContaining({ code }));
});
