import { GoPanic, Mutex, atomic, chan, context, go, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';

const panic = {
  name: 'GoPanic',
  code: 'ERR_UNLOCK_OF_UNLOCKED',
  message: expect.stringContaining('sync: unlock of unlocked mutex') as string,
};

test.each(places)('SYN-001 tryLock while held, then while free, $place', async ({ start }) => {
  const mu = new Mutex();
  const tries = (it: Mutex): boolean => it.tryLock();
  await mu.lock();
  expect(await start(tries, mu)).toBe(false);
  mu.unlock();
  expect(await start(tries, mu)).toBe(true);
  expect(mu.tryLock()).toBe(false);
});

test.each(places)('SYN-002 ten goroutines mix lock and tryLock, $place', async ({ start }) => {
  const [mu, inside, total] = [new Mutex(), new atomic.Int32(), new atomic.Int32()];
  const work = async (it: Mutex, within: atomic.Int32, sum: atomic.Int32): Promise<number> => {
    const { gosched } = await import('gosched/runtime');
    let most = 0;
    for (let round = 0; round < 1000; round++) {
      if (round % 3 === 0) while (!it.tryLock()) await gosched();
      else await it.lock();
      most = Math.max(most, within.add(1));
      if (round % 50 === 0) await gosched();
      sum.add(1);
      within.sub(1);
      it.unlock();
    }
    return most;
  };
  const most = await Promise.all(
    Array.from({ length: 10 }, () => start(work, mu, inside, total)),
  );
  expect(most).toEqual(Array.from({ length: 10 }, () => 1));
  expect(total.load()).toBe(10_000);
});

test.each(places)('SYN-003 unlock of an unlocked mutex panics, $place', async ({ start }) => {
  const mu = new Mutex();
  const unlock = (it: Mutex): void => it.unlock();
  const never = start(unlock, mu);
  await expect(never).rejects.toBeInstanceOf(GoPanic);
  await expect(never).rejects.toMatchObject(panic);
  await mu.lock();
  mu.unlock();
  await expect(start(unlock, mu)).rejects.toMatchObject(panic);
  expect(mu.tryLock()).toBe(true); // it is as it was
});

test.each(places)('SYN-006 one that hogs the lock does not starve another, $place', async ({ start }) => {
  const [mu, done] = [new Mutex(), new atomic.Bool()];
  const hog = async (it: Mutex, end: atomic.Bool): Promise<void> => {
    while (!end.load()) {
      await it.lock();
      for (const until = performance.now() + 0.1; performance.now() < until; );
      it.unlock();
    }
  };
  const hogging = start(hog, mu, done);
  const started = performance.now();
  for (let n = 0; n < 10; n++) {
    await mu.lock();
    mu.unlock();
  }
  expect(performance.now() - started).toBeLessThan(10_000);
  done.store(true);
  await hogging;
});

test.each(places)('SYN-012 locked here, unlocked there, $place', async ({ start }) => {
  const mu = new Mutex();
  await mu.lock();
  await start((it: Mutex) => it.unlock(), mu);
  await start((it: Mutex) => it.lock().then(() => undefined), mu);
  mu.unlock();
  expect(mu.tryLock()).toBe(true);
});

test('SYN-013 locking twice waits', async () => {
  const mu = new Mutex();
  await mu.lock();
  const twice = mu.lock();
  expect(await isPending(twice)).toBe(true);
  mu.unlock();
  await twice;
});

test('a guard unlocks at the end of its block, also when it throws, and once', async () => {
  const mu = new Mutex();
  const fails = async (): Promise<void> => {
    using held = await mu.lock();
    expect(mu.tryLock()).toBe(false);
    held.unlock();
    held.unlock();
    expect(mu.tryLock()).toBe(true);
    throw new Error('in the block');
  };
  await expect(fails()).rejects.toThrow('in the block');
  expect(mu.tryLock()).toBe(false); // the guard did not unlock what it no longer held
  mu.unlock();
});

test.each(places)('a cancelled lock leaves the queue and loses no hand-off, $place', async ({ start }) => {
  const mu = new Mutex();
  await mu.lock();
  const { ctx, cancel } = context.withCancel(context.background());
  const waits = async (it: Mutex, end: context.Context): Promise<string> => {
    try {
      await it.lock(end);
      return 'locked';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const given = Array.from({ length: 5 }, () => start(waits, mu, ctx));
  const stays = start(async (it: Mutex) => {
    await it.lock();
    it.unlock();
    return 'stayed';
  }, mu);
  expect(await isPending(stays)).toBe(true);
  cancel(new Error('enough'));
  expect(await Promise.all(given)).toEqual(Array.from({ length: 5 }, () => 'enough'));
  mu.unlock();
  expect(await stays).toBe('stayed');
  await expect(mu.lock(ctx)).rejects.toThrow('enough'); // though it is free
  expect(mu.tryLock()).toBe(true);
});

test('a mutex arrives as the same mutex, also inside a value', async () => {
  const mu = new Mutex();
  const there = chan<{ mutex: Mutex }>(1);
  const echo = async (from: Chan<{ mutex: Mutex }>, to: Chan<{ mutex: Mutex }>): Promise<void> =>
    to.send((await from.recv())!);
  const back = chan<{ mutex: Mutex }>();
  void go(echo, there, back);
  await there.send({ mutex: mu });
  expect((await back.recv())!.mutex).toBe(mu);
});
