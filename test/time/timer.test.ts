import { after, select, Timer, type RecvChan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';

const HOUR = 3_600_000;

/** Resolves once every timer that was due when it is called has fired: they fire in order. */
async function fired(): Promise<void> {
  await after(2).recv();
}

/** What a test does with a timer, as a goroutine of any isolate. */
const stopThere = (timer: Timer): boolean => timer.stop();
const resetThere = (timer: Timer, ms: number): boolean => timer.reset(ms);

test.each(places)('TIM-011 a pending timer stops once and never fires, $place', async ({ start }) => {
  const timer = new Timer(20);
  const late = after(21);
  expect(await start(stopThere, timer)).toBe(true);
  expect(await start(stopThere, timer)).toBe(false);
  await late.recv();
  expect(timer.c.tryRecv()).toBe(undefined);
});

test.each(places)('TIM-014 TIM-031 a timer that was received resets: false, and armed, $place', async ({
  start,
}) => {
  const timer = new Timer(1);
  await timer.c.recv();
  expect(await start(resetThere, timer, 1)).toBe(false);
  expect(await timer.c.recv()).toBeTypeOf('number');
});

test('TIM-015 stop and reset of what is no timer fail', () => {
  for (const method of [Timer.prototype.stop, Timer.prototype.reset]) {
    expect(() => Reflect.apply(method, {}, [1])).toThrow(TypeError);
  }
});

test('TIM-017 stopped, then reset into the past ten times: it always fires', async () => {
  for (let round = 0; round < 1000; round++) {
    const timer = new Timer(HOUR);
    timer.stop();
    for (let n = 0; n < 10; n++) timer.reset(-1);
    expect(await timer.c.recv()).toBeTypeOf('number');
  }
});

test.each(places)('TIM-028 the channel of a timer has no length and no capacity, $place', async ({
  start,
}) => {
  const timer = new Timer(-1);
  await fired();
  const sizes = (c: RecvChan<number>): number[] => [c.length, c.capacity];
  expect(await start(sizes, timer.c)).toEqual([0, 0]);
  expect(await start(sizes, after(HOUR))).toEqual([0, 0]);
});

test.each(places)('TIM-029 fired, not received, stopped: true, and no stale time, $place', async ({
  start,
}) => {
  const timer = new Timer(-1);
  await fired();
  expect(await start(stopThere, timer)).toBe(true);
  expect(timer.c.tryRecv()).toBe(undefined);
});

test.each(places)('TIM-030 fired, not received, reset to later: no stale time, $place', async ({
  start,
}) => {
  const timer = new Timer(-1);
  await fired();
  expect(await start(resetThere, timer, HOUR)).toBe(true);
  expect(timer.c.tryRecv()).toBe(undefined);
  expect(await isPending(timer.c.recv())).toBe(true);
});

test.each(places)('TIM-033 a receiver stays parked through a reset and wakes at the next, $place', async ({
  start,
}) => {
  const timer = new Timer(HOUR);
  const received = start((c: RecvChan<number>) => c.recv(), timer.c);
  expect(await isPending(received)).toBe(true);
  timer.reset(HOUR);
  expect(await isPending(received)).toBe(true);
  timer.reset(1e-6);
  expect(await received).toBeTypeOf('number');
});

test.each(places)('TIM-034 of two that select on a timer one gets the time, $place', async ({ start }) => {
  const timer = new Timer(HOUR);
  const waiter = async (due: RecvChan<number>, quit: RecvChan<number>): Promise<string> => {
    const gosched = await import('gosched');
    return (await gosched.select({ due, quit })).key;
  };
  const quit = new Timer(HOUR);
  const both = [start(waiter, timer.c, quit.c), start(waiter, timer.c, quit.c)];
  timer.reset(0);
  expect(await Promise.race(both)).toBe('due');
  quit.reset(0);
  expect((await Promise.all(both)).sort()).toEqual(['due', 'quit']);
});

test.each(places)('TIM-035 receivers on the channel of a stopped timer get nothing, $place', async ({
  start,
}) => {
  const timer = new Timer(HOUR);
  timer.stop();
  const receive = (c: RecvChan<number>): Promise<number | undefined> => c.recv();
  const received = [start(receive, timer.c), start(receive, timer.c)];
  await fired();
  for (const one of received) expect(await isPending(one)).toBe(true);
});

test('TIM-008 13 timers fire in order of when they are due', async () => {
  const delays = [11, 3, 7, 1, 13, 5, 9, 2, 12, 4, 8, 6, 10];
  /** Of those that fired, between which times each was due: the clock ran on while it was made. */
  const due: { readonly earliest: number; readonly latest: number }[] = [];
  await Promise.all(
    delays.map(async (delay) => {
      const earliest = performance.now() + 10 * delay;
      const timer = new Timer(10 * delay);
      const latest = performance.now() + 10 * delay;
      await timer.c.recv();
      due.push({ earliest, latest });
    }),
  );
  const early = due.filter((one, n) => due.slice(n + 1).some((later) => later.latest < one.earliest));
  expect([due.length, early]).toEqual([13, []]);
});

test('disposing stops it; its channel is the same each time', () => {
  const timer = new Timer(HOUR);
  expect(timer.c).toBe(timer.c);
  timer[Symbol.dispose]();
  expect(timer.stop()).toBe(false);
});

test('a timer that went elsewhere and came back is the same object', async () => {
  const timer = new Timer(HOUR);
  const { start } = places[1]!;
  expect(await start((it: Timer) => it, timer)).toBe(timer);
  expect(await start((it: RecvChan<number>) => it, timer.c)).toBe(timer.c);
  const { key } = await select({ far: timer.c, near: after(1) });
  expect(key).toBe('near');
});
