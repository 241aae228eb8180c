import { RWMutex, WaitGroup, atomic, chan, context, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';

const unlocked = (text: string): object => ({
  code: 'ERR_UNLOCK_OF_UNLOCKED',
  message: expect.stringContaining(text) as string,
});

test.each(places)('SYN-004 unlock of what is not write-locked panics, $place', async ({ start }) => {
  const mu = new RWMutex();
  const unlock = (it: RWMutex): void => it.unlock();
  const panic = unlocked('sync: Unlock of unlocked RWMutex');
  await expect(start(unlock, mu)).rejects.toMatchObject(panic);
  await mu.rlock();
  await expect(start(unlock, mu)).rejects.toMatchObject(panic);
  mu.runlock();
  await mu.lock();
  mu.unlock();
  await expect(start(unlock, mu)).rejects.toMatchObject(panic);
});

test.each(places)('SYN-005 runlock of what is not read-locked panics, $place', async ({ start }) => {
  const mu = new RWMutex();
  const runlock = (it: RWMutex): void => it.runlock();
  const panic = unlocked('sync: RUnlock of unlocked RWMutex');
  await expect(start(runlock, mu)).rejects.toMatchObject(panic);
  await mu.lock();
  await expect(start(runlock, mu)).rejects.toMatchObject(panic);
  mu.unlock();
  await mu.rlock();
  mu.runlock();
  await expect(start(runlock, mu)).rejects.toMatchObject(panic);
});

test.each(places.flatMap((at) => [1, 3, 4].map((readers) => ({ ...at, readers }))))(
  'SYN-015 $readers readers hold the lock at once, $place',
  async ({ start, readers }) => {
    const [mu, locked, release] = [new RWMutex(), new WaitGroup(), chan<never>()];
    locked.add(readers);
    const read = async (it: RWMutex, all: WaitGroup, end: Chan<never>): Promise<void> => {
      await it.rlock();
      all.done();
      await end.recv();
      it.runlock();
    };
    const reading = Array.from({ length: readers }, () => start(read, mu, locked, release));
    await locked.wait();
    expect(mu.tryLock()).toBe(false);
    release.close();
    await Promise.all(reading);
    expect(mu.tryLock()).toBe(true);
  },
);

test.each(places)('SYN-016 a writer is alone, $place', async ({ start }) => {
  const [mu, activity] = [new RWMutex(), new atomic.Int32()];
  const WRITER = 10_000;
  const read = async (it: RWMutex, active: atomic.Int32): Promise<number> => {
    let worst = 0;
    for (let n = 0; n < 100; n++) {
      await it.rlock();
      worst = Math.max(worst, active.add(1));
      active.sub(1);
      it.runlock();
    }
    return worst;
  };
  const write = async (it: RWMutex, active: atomic.Int32, weight: number): Promise<number> => {
    let worst = weight;
    for (let n = 0; n < 100; n++) {
      await it.lock();
      const seen = active.add(weight);
      if (seen !== weight) worst = seen;
      active.sub(weight);
      it.unlock();
    }
    return worst;
  };
  const readers = Array.from({ length: 8 }, () => start(read, mu, activity));
  const writers = Array.from({ length: 2 }, () => start(write, mu, activity, WRITER));
  for (const worst of await Promise.all(readers)) expect(worst).toBeLessThanOrEqual(8);
  expect(await Promise.all(writers)).toEqual([WRITER, WRITER]);
});

test('SYN-017 the reading side as a lock', async () => {
  const mu = new RWMutex();
  const reading = mu.rlocker();
  await reading.lock();
  await reading.lock();
  const writes = mu.lock();
  expect(await isPending(writes)).toBe(true);
  reading.unlock();
  expect(await isPending(writes)).toBe(true);
  reading.unlock();
  await writes;
  const reads = reading.lock();
  expect(await isPending(reads)).toBe(true);
  mu.unlock();
  await reads;
});

test.each(places)('SYN-020 an unlock lets all waiting readers go before the next writer, $place', async ({ start }) => {
  const mu = new RWMutex();
  await mu.lock();
  const order: string[] = [];
  const enter = (what: string, unlock: () => void) => () => {
    order.push(what);
    unlock();
  };
  // Each stands in line when its call returns.
  const writer = mu.lock().then(enter('writer', () => mu.unlock()));
  const readers = [1, 2].map(() => mu.rlock().then(enter('reader', () => mu.runlock())));
  await start((it: RWMutex) => it.unlock(), mu);
  await Promise.all([writer, ...readers]);
  expect(order).toEqual(['reader', 'reader', 'writer']);
});

test.each(places)('SYN-021 tryRLock while a writer holds or waits, $place', async ({ start }) => {
  const mu = new RWMutex();
  const tries = (it: RWMutex): boolean => it.tryRLock();
  await mu.lock();
  expect(await start(tries, mu)).toBe(false);
  mu.unlock();
  await mu.rlock();
  const writer = mu.lock();
  expect(await start(tries, mu)).toBe(false);
  mu.runlock();
  await writer;
});

test.each(places)('SYN-022 tryLock while anybody holds changes nothing, $place', async ({ start }) => {
  const mu = new RWMutex();
  const tries = (it: RWMutex): boolean => it.tryLock();
  await mu.rlock();
  expect(await start(tries, mu)).toBe(false);
  expect(mu.tryRLock()).toBe(true);
  mu.runlock();
  mu.runlock();
  await mu.lock();
  expect(await start(tries, mu)).toBe(false);
  mu.unlock();
  expect(await start(tries, mu)).toBe(true);
});

test.each(places)('SYN-023 read-locked here, unlocked there, $place', async ({ start }) => {
  const mu = new RWMutex();
  await mu.rlock();
  await start((it: RWMutex) => it.runlock(), mu);
  expect(mu.tryLock()).toBe(true);
});

test('readers behind a writer that gives up are let in', async () => {
  const mu = new RWMutex();
  await mu.rlock();
  const { ctx, cancel } = context.withCancel(context.background());
  const writer = mu.lock(ctx);
  const reader = mu.rlock();
  expect(await isPending(reader)).toBe(true);
  cancel(new Error('no more'));
  await expect(writer).rejects.toThrow('no more');
  await reader;
});
