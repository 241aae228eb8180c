import { after, select, tick, Ticker, Timer, type RecvChan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';

const HOUR = 3_600_000;

test('TIM-020 five ticks, then five of twice the period', async () => {
  const period = 20;
  const start = performance.now();
  using ticker = new Ticker(period);
  for (let n = 0; n < 5; n++) await ticker.c.recv();
  ticker.reset(2 * period);
  for (let n = 0; n < 5; n++) await ticker.c.recv();
  const took = performance.now() - start;
  expect(took).toBeGreaterThanOrEqual(15 * period * 0.9);
  expect(took).toBeLessThan(15 * period * 5); // other programs share the machine
});

test.each(places)('TIM-021 a stopped ticker ticks no more and closes nothing, $place', async ({
  start,
}) => {
  const ticker = tick(1);
  expect(await start((c: RecvChan<number>) => c.recv(), ticker.c)).toBeTypeOf('number');
  await start((it: Ticker) => it.stop(), ticker);
  await after(5).recv();
  expect(ticker.c.tryRecv()).toBe(undefined);
  expect(await isPending(ticker.c.recv())).toBe(true);
});

test('TIM-022 TIM-023 a period of 0 or less panics', () => {
  using ticker = new Ticker(HOUR);
  const panic = expect.objectContaining({ name: 'GoPanic', code: 'ERR_TICKER_INTERVAL' });
  for (const ms of [0, -1, -Infinity]) {
    expect(() => new Ticker(ms)).toThrow(panic);
    expect(() => tick(ms)).toThrow(panic);
    expect(() => ticker.reset(ms)).toThrow(panic);
  }
});

test('TIM-024 a late receiver gets one tick, and the rhythm is kept', async () => {
  using ticker = new Ticker(10);
  const first = (await ticker.c.recv())!;
  const busyUntil = performance.now() + 500;
  while (performance.now() < busyUntil);
  const late = Date.now();
  const missed = (await ticker.c.recv())!;
  expect(missed - first).toBeLessThan(400); // the first that was missed, not the last
  expect((await ticker.c.recv())!).toBeGreaterThanOrEqual(late - 1); // and no other was kept
});

test.each(places)('TIM-025 ten receivers on the fastest ticker all get their ticks, $place', async ({
  start,
}) => {
  using ticker = new Ticker(1e-6);
  const receive = async (c: RecvChan<number>): Promise<number> => {
    let ticks = 0;
    for await (const at of c) {
      if (at > 0) ticks++;
      if (ticks === 100) break;
    }
    return ticks;
  };
  const all = Array.from({ length: 10 }, () => start(receive, ticker.c));
  expect(await Promise.all(all)).toEqual(Array.from({ length: 10 }, () => 100));
});

test('TIM-026 made, one tick taken, stopped, three times', async () => {
  for (let n = 0; n < 3; n++) {
    const ticker = new Ticker(1);
    expect(await ticker.c.recv()).toBeTypeOf('number');
    ticker.stop();
  }
});

test.each(places)('TIM-028 TIM-031 no length; reset of one that ticks: it was pending, $place', async ({
  start,
}) => {
  using ticker = new Ticker(1);
  await ticker.c.recv();
  const sizes = (c: RecvChan<number>): number[] => [c.length, c.capacity];
  expect(await start(sizes, ticker.c)).toEqual([0, 0]);
  expect(ticker.stop()).toBe(true);
  expect(ticker.stop()).toBe(false);
});

test('TIM-030 no tick of before a reset is received after it', async () => {
  using ticker = new Ticker(1);
  await after(5).recv(); // ticks are due before, so one lies there
  ticker.reset(HOUR);
  expect(ticker.c.tryRecv()).toBe(undefined);
});

test('TIM-038 the first tick, read late, has the time when it was due', async () => {
  const start = Date.now();
  using ticker = tick(10);
  const busyUntil = performance.now() + 200;
  while (performance.now() < busyUntil);
  expect((await ticker.c.recv())! - start).toBeLessThan(150);
});

test('ticks and a deadline in one select', async () => {
  using ticker = new Ticker(1);
  using deadline = new Timer(30);
  let ticks = 0;
  for (;;) {
    const got = await select({ tick: ticker.c, deadline: deadline.c });
    if (got.key === 'deadline') break;
    ticks++;
  }
  expect(ticks).toBeGreaterThan(0);
});
