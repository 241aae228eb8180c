import { after, go, type RecvChan } from 'gosched';
import { expect, test } from 'vitest';

test('TIM-006 after gives the time, once, not before it', async () => {
  const start = Date.now();
  const timer = after(30);
  expect(timer.tryRecv()).toBe(undefined);
  const at = (await timer.recv())!;
  expect(at).toBeGreaterThanOrEqual(start + 29);
  expect(at).toBeLessThanOrEqual(Date.now() + 1);
  expect(timer.tryRecv()).toBe(undefined);
});

test('TIM-037 the time is when it was due, not when it was read', async () => {
  const start = Date.now();
  const timer = after(10);
  const until = performance.now() + 300;
  while (performance.now() < until);
  expect((await timer.recv())! - start).toBeLessThan(200);
});

test('TIM-005 a delay of zero or less is due at once', async () => {
  for (const ms of [0, -1, -Infinity]) expect(await after(ms).recv()).toBeTypeOf('number');
});

test('TIM-004 the largest delays do not fire early, nor disturb others', async () => {
  const far = [after(Infinity), after(Number.MAX_VALUE), after(2 ** 31), after(2 ** 53)];
  await after(20).recv();
  for (const timer of far) expect(timer.tryRecv()).toBe(undefined);
});

test('TIM-007 ten waits in sequence', async () => {
  const start = performance.now();
  for (let n = 0; n < 10; n++) await after(10).recv();
  expect(performance.now() - start).toBeGreaterThanOrEqual(90);
  expect(performance.now() - start).toBeLessThan(3000);
});

test('TIM-016 10,000 timers without delay all fire', async () => {
  const times = await Promise.all(Array.from({ length: 10_000 }, () => after(0).recv()));
  expect(times.every((at) => typeof at === 'number')).toBe(true);
});

test('a timer made here can be waited for elsewhere, and the other way round', async () => {
  expect(await go((timer: RecvChan<number>) => timer.recv(), after(10))).toBeTypeOf('number');
  const there = await go(async () => (await import('gosched')).after(10));
  expect(await there.recv()).toBeTypeOf('number');
});
