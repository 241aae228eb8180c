import {
  Canceled,
  chan,
  context,
  DeadlineExceeded,
  go,
  sleep,
  WaitGroup,
  type Chan,
} from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)('TIM-001 sleep lasts at least as long as asked, $place', async ({ start }) => {
  const slept = await start(async (ms: number) => {
    const gosched = await import('gosched');
    const before = performance.now();
    await gosched.sleep(ms);
    return performance.now() - before;
  }, 50);
  expect(slept).toBeGreaterThanOrEqual(49);
  expect(slept).toBeLessThan(5000);
});

test('TIM-002 TIM-003 sleep of zero or less yields, a hundred times', async () => {
  const before = performance.now();
  for (let n = 0; n < 100; n++) await sleep(n % 2 === 0 ? 0 : -1e9);
  expect(performance.now() - before).toBeLessThan(5000);
});

test('a hundred sleeps at once take as long as one', async () => {
  const before = performance.now();
  await Promise.all(Array.from({ length: 100 }, () => sleep(30)));
  expect(performance.now() - before).toBeLessThan(1500);
});

test('sleep ends with its context, with the cause', async () => {
  const { ctx, cancel } = context.withCancel(context.background());
  const slept = sleep(60_000, ctx);
  cancel(new RangeError('wake up'));
  await expect(slept).rejects.toThrow(RangeError);
  await expect(sleep(60_000, ctx)).rejects.toThrow('wake up');
  const canceled = context.withCancel(context.background());
  canceled.cancel();
  await expect(sleep(1, canceled.ctx)).rejects.toBeInstanceOf(Canceled);
  const timed = context.withTimeout(context.background(), 10);
  await expect(sleep(60_000, timed.ctx)).rejects.toBeInstanceOf(DeadlineExceeded);
});

test('a sleep that is over before its context resolves', async () => {
  const { ctx, cancel } = context.withTimeout(context.background(), 60_000);
  await expect(sleep(5, ctx)).resolves.toBe(undefined);
  cancel();
});

test('TIM-008 sleepers in other isolates wake in the order of their delays', async () => {
  const delays = [450, 150, 300, 0];
  const [ready, gate, order] = [new WaitGroup(), chan<never>(), chan<number>(delays.length)];
  ready.add(delays.length);
  for (const delay of delays) {
    go(
      async (here: WaitGroup, opened: Chan<never>, out: Chan<number>, ms: number) => {
        const gosched = await import('gosched');
        here.done();
        await opened.recv();
        await gosched.sleep(ms);
        await out.send(ms);
      },
      ready,
      gate,
      order,
      delay,
    );
  }
  await ready.wait();
  gate.close();
  for (const delay of [0, 150, 300, 450]) expect(await order.recv()).toBe(delay);
});
