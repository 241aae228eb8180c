import { Barrier, Semaphore, atomic, context } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';
import { seeded } from '../seed.js';

test.each(places)('XS-014 weights from 0 up hammer acquire and release, $place', async ({ start }) => {
  const { seed } = seeded();
  const N = 8;
  const [sem, held, worst] = [new Semaphore(N), new atomic.Int32(), new atomic.Int32()];
  const hammer = async (
    it: Semaphore,
    used: atomic.Int32,
    most: atomic.Int32,
    n: number,
    random: number,
  ): Promise<void> => {
    const { gosched } = await import('gosched/runtime');
    for (let round = 0; round < 100; round++) {
      await it.acquire(n);
      const now = used.add(n);
      for (let seen = most.load(); now > seen && !most.compareAndSwap(seen, now); ) {
        seen = most.load();
      }
      random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
      if ((random >>> 16) % 4 === 0) await gosched();
      used.sub(n);
      it.release(n);
    }
  };
  await Promise.all(
    Array.from({ length: N }, (_, n) => start(hammer, sem, held, worst, n, seed + n)),
  );
  expect(sem.held).toBe(0);
  expect(worst.load()).toBeLessThanOrEqual(N);
});

test.each(places)('SYN-014 ten goroutines acquire the one unit a thousand times, $place', async ({ start }) => {
  const [sem, inside] = [new Semaphore(1), new atomic.Int32()];
  const work = async (it: Semaphore, within: atomic.Int32): Promise<number> => {
    let most = 0;
    for (let n = 0; n < 1000; n++) {
      await it.acquire();
      most = Math.max(most, within.add(1));
      within.sub(1);
      it.release();
    }
    return most;
  };
  const most = await Promise.all(Array.from({ length: 10 }, () => start(work, sem, inside)));
  expect(Math.max(...most)).toBe(1);
});

test.each(places)('XS-015 release of more than is held panics, $place', async ({ start }) => {
  const sem = new Semaphore(1);
  const release = (it: Semaphore): void => it.release(1);
  await expect(start(release, sem)).rejects.toMatchObject({
    code: 'ERR_SEMAPHORE_RELEASE',
    message: expect.stringContaining('semaphore: released more than held') as string,
  });
  expect(sem.held).toBe(0);
});

test.each(places)('XS-016 tryAcquire, $place', async ({ start }) => {
  const sem = new Semaphore(2);
  const tries = (it: Semaphore): boolean => it.tryAcquire(1);
  await sem.acquire(1);
  expect(await start(tries, sem)).toBe(true);
  expect(await start(tries, sem)).toBe(false);
  sem.release(2);
  expect(await start(tries, sem)).toBe(true);
  await sem.acquire(1);
  expect(await start(tries, sem)).toBe(false);
});

test.each(places)('XS-017 an acquire that times out changes nothing, $place', async ({ start }) => {
  const sem = new Semaphore(2);
  await sem.acquire(2);
  const { ctx } = context.withTimeout(context.background(), 10);
  const waits = start((it: Semaphore, end: context.Context) => it.acquire(1, end).then(() => 0), sem, ctx);
  await expect(waits).rejects.toMatchObject({ code: 'ERR_CONTEXT_DEADLINE_EXCEEDED' });
  expect(sem.held).toBe(2);
  sem.release(2);
  expect(sem.tryAcquire(2)).toBe(true);
});

test('XS-018 more than there are waits for its context, in nobody\'s way', async () => {
  const sem = new Semaphore(2);
  const { ctx, cancel } = context.withCancel(context.background());
  const tooMuch = sem.acquire(3, ctx);
  await sem.acquire(2);
  sem.release(2);
  expect(await isPending(tooMuch)).toBe(true);
  cancel(new Error('never'));
  await expect(tooMuch).rejects.toThrow('never');
  await expect(sem.acquire(3)).rejects.toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
});

test.each(places)('XS-019 a large one does not starve, $place', async ({ start }) => {
  const N = 4;
  const [sem, done] = [new Semaphore(N), new atomic.Bool()];
  const small = async (it: Semaphore, end: atomic.Bool): Promise<void> => {
    const { gosched } = await import('gosched/runtime');
    while (!end.load()) {
      await it.acquire();
      await gosched();
      it.release();
    }
  };
  const users = Array.from({ length: 2 * N }, () => start(small, sem, done));
  for (let n = 0; n < 5; n++) {
    await sem.acquire(N);
    expect(sem.held).toBe(N);
    sem.release(N);
  }
  done.store(true);
  await Promise.all(users);
});

test('XS-020 a small one behind a large one that gives up is let in', async () => {
  const sem = new Semaphore(2);
  await sem.acquire(1);
  const { ctx, cancel } = context.withCancel(context.background());
  const large = sem.acquire(2, ctx);
  const small = sem.acquire(1);
  expect(await isPending(small)).toBe(true);
  cancel();
  await expect(large).rejects.toMatchObject({ code: 'ERR_CONTEXT_CANCELED' });
  await small;
  expect(sem.held).toBe(2);
});

test.each(places)('XS-021 cancelled before units are free, $place', async ({ start }) => {
  const sem = new Semaphore(1);
  await sem.acquire();
  const { ctx, cancel } = context.withCancel(context.background());
  const waits = start((it: Semaphore, end: context.Context) => it.acquire(1, end).then(() => 0), sem, ctx);
  expect(await isPending(waits)).toBe(true);
  cancel();
  await expect(waits).rejects.toMatchObject({ code: 'ERR_CONTEXT_CANCELED' });
  sem.release();
  expect(sem.held).toBe(0);
});

test('XS-022 a context that has ended acquires nothing, though units are free', async () => {
  const sem = new Semaphore(1);
  const { ctx, cancel } = context.withCancel(context.background());
  cancel();
  await expect(sem.acquire(1, ctx)).rejects.toMatchObject({ code: 'ERR_CONTEXT_CANCELED' });
  expect(sem.held).toBe(0);
});

test('XS-024 granted and cancelled in the same turn: the units are back', async () => {
  const sem = new Semaphore(1);
  await sem.acquire();
  const { ctx, cancel } = context.withCancel(context.background());
  const waits = sem.acquire(1, ctx);
  sem.release();
  expect(sem.held).toBe(1); // handed over
  cancel();
  await expect(waits).rejects.toMatchObject({ code: 'ERR_CONTEXT_CANCELED' });
  expect(sem.held).toBe(0);
});

test.each(places)('a barrier holds every round, and one of each leads, $place', async ({ start }) => {
  const PARTIES = 5;
  const [barrier, entered] = [new Barrier(PARTIES), new atomic.Int32()];
  const work = async (it: Barrier, count: atomic.Int32, parties: number): Promise<number> => {
    let led = 0;
    for (let round = 1; round <= 50; round++) {
      count.add(1);
      if (await it.wait()) led++;
      if (count.load() !== round * parties) throw new Error('somebody was ahead');
      await it.wait(); // nobody counts for the next round before all have looked
    }
    return led;
  };
  const led = await Promise.all(
    Array.from({ length: PARTIES }, () => start(work, barrier, entered, PARTIES)),
  );
  expect(led.reduce((a, b) => a + b)).toBe(50);
});

test('one that gives up at a barrier has not come', async () => {
  const barrier = new Barrier(2);
  const { ctx, cancel } = context.withCancel(context.background());
  const gives = barrier.wait(ctx);
  cancel(new Error('bored'));
  await expect(gives).rejects.toThrow('bored');
  const first = barrier.wait();
  expect(await isPending(first)).toBe(true);
  expect(await barrier.wait()).toBe(true);
  expect(await first).toBe(false);
});
