import { Cond, Mutex, atomic, chan, context, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';

/** Waits once, and says so before and after. */
async function waiter(cond: Cond, log: Chan<string>): Promise<void> {
  await cond.mutex.lock();
  await log.send('waits');
  await cond.wait();
  await log.send('woken');
  cond.mutex.unlock();
}

/** Whoever has the mutex finds everybody in line who said that it waits. */
async function locked(cond: Cond, act: () => void): Promise<void> {
  await cond.mutex.lock();
  act();
  cond.mutex.unlock();
}

test.each(places)('SYN-046 one wakes for each signal, $place', async ({ start }) => {
  const [cond, log] = [new Cond(new Mutex()), chan<string>(4)];
  const waiters = [start(waiter, cond, log), start(waiter, cond, log)];
  expect([await log.recv(), await log.recv()]).toEqual(['waits', 'waits']);
  await locked(cond, () => expect(log.tryRecv()).toBe(undefined));
  await locked(cond, () => cond.signal());
  expect(await log.recv()).toBe('woken');
  const second = log.recv();
  expect(await isPending(second)).toBe(true);
  await locked(cond, () => cond.signal());
  expect(await second).toBe('woken');
  await Promise.all(waiters);
});

test.each(places)('SYN-047 a signal without waiters is not remembered, $place', async ({ start }) => {
  const [cond, log] = [new Cond(new Mutex()), chan<string>(4)];
  cond.signal();
  cond.broadcast();
  const waits = start(waiter, cond, log);
  expect(await log.recv()).toBe('waits');
  expect(await isPending(waits)).toBe(true);
  await locked(cond, () => cond.signal());
  await waits;
});

test('SYN-048 a hundred generations: the oldest wakes each time', async () => {
  const cond = new Cond(new Mutex());
  const order: number[] = [];
  const add = async (n: number): Promise<void> => {
    await cond.mutex.lock();
    const woken = cond.wait();
    const note = async (): Promise<void> => {
      await woken;
      order.push(n);
      cond.mutex.unlock();
    };
    ends.push(note());
  };
  const ends: Promise<void>[] = [];
  await add(0);
  for (let n = 1; n <= 100; n++) {
    await add(n);
    cond.signal();
    await ends[n - 1];
  }
  expect(order).toEqual(Array.from({ length: 100 }, (_, n) => n));
  cond.signal();
  await ends[100];
});

test.each(places)('SYN-050 three goroutines step a value under the lock, $place', async ({ start }) => {
  const [cond, value] = [new Cond(new Mutex()), new atomic.Int32()];
  const one = async (it: Cond, x: atomic.Int32): Promise<number> => {
    await it.mutex.lock();
    x.store(1);
    await it.wait();
    const seen = x.load();
    x.store(3);
    it.signal();
    it.mutex.unlock();
    return seen;
  };
  const two = async (it: Cond, x: atomic.Int32): Promise<number> => {
    const { gosched } = await import('gosched/runtime');
    await it.mutex.lock();
    for (; x.load() !== 1; await it.mutex.lock()) {
      it.mutex.unlock();
      await gosched();
    }
    x.store(2);
    it.signal();
    it.mutex.unlock();
    return 1;
  };
  const three = async (it: Cond, x: atomic.Int32): Promise<number> => {
    const { gosched } = await import('gosched/runtime');
    await it.mutex.lock();
    for (; x.load() !== 3; await it.mutex.lock()) {
      it.mutex.unlock();
      await gosched();
    }
    it.mutex.unlock();
    return 3;
  };
  const all = [start(one, cond, value), start(two, cond, value), start(three, cond, value)];
  expect(await Promise.all(all)).toEqual([2, 1, 3]);
});

test.each(places)('broadcast wakes all, $place', async ({ start }) => {
  const [cond, log] = [new Cond(new Mutex()), chan<string>(40)];
  const waiters = Array.from({ length: 20 }, () => start(waiter, cond, log));
  for (let n = 0; n < 20; n++) expect(await log.recv()).toBe('waits');
  await locked(cond, () => cond.broadcast());
  await Promise.all(waiters);
});

test('waiting without the lock panics', async () => {
  await expect(new Cond(new Mutex()).wait()).rejects.toMatchObject({
    code: 'ERR_UNLOCK_OF_UNLOCKED',
  });
});

test('a cancelled wait rejects with the mutex locked again', async () => {
  const cond = new Cond(new Mutex());
  const { ctx, cancel } = context.withCancel(context.background());
  await cond.mutex.lock();
  const waits = cond.wait(ctx);
  await cond.mutex.lock();
  cancel(new Error('gone'));
  expect(await isPending(waits)).toBe(true); // it wants the mutex first
  cond.mutex.unlock();
  await expect(waits).rejects.toThrow('gone');
  expect(cond.mutex.tryLock()).toBe(false);
  await expect(cond.wait(ctx)).rejects.toThrow('gone');
  cond.mutex.unlock();
  cond.signal();
  expect(cond.mutex.tryLock()).toBe(true);
});
