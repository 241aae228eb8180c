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
])('%s for %o', (code, options) => {
  expect(() => new Breaker(options as never)).toThrow(expect.objectContaining({ code }));
});
