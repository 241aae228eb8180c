import { atomic, Cond, context, go, Mutex, RWMutex, Semaphore, WaitGroup, type Guard } from 'gosched';
import { gosched } from 'gosched/runtime';
import { expect, test } from 'vitest';

const { background, withCancel } = context;

/** Takes a lock that is held, a hundred times, each with a context of its own. */
type Take = (ctx: context.Context) => Promise<Guard>;

const locks: [name: string, make: () => { held: Promise<Guard>; take: Take; isFree: () => boolean }][] = [
  ['Mutex', () => {
    const mu = new Mutex();
    return { held: mu.lock(), take: (ctx) => mu.lock(ctx), isFree: () => mu.tryLock() };
  }],
  ['RWMutex, writing', () => {
    const mu = new RWMutex();
    return { held: mu.rlock(), take: (ctx) => mu.lock(ctx), isFree: () => mu.tryLock() };
  }],
  ['RWMutex, reading', () => {
    const mu = new RWMutex();
    return { held: mu.lock(), take: (ctx) => mu.rlock(ctx), isFree: () => mu.tryLock() };
  }],
  ['Semaphore', () => {
    const sem = new Semaphore(3);
    return { held: sem.acquire(3), take: (ctx) => sem.acquire(2, ctx), isFree: () => sem.tryAcquire(3) };
  }],
];

test.each(locks)('%s: of a hundred that wait half give up, as it is released; the others all get it', async (_, make) => {
  const { held, take, isFree } = make();
  const guard = await held;
  const cancels = Array.from({ length: 100 }, () => withCancel(background()));
  const waits = cancels.map(({ ctx }) =>
    take(ctx).then(
      (own) => own.unlock(),
      (error: { code: string }) => error.code,
    ),
  );
  cancels.forEach(({ cancel }, n) => {
    if (n % 2 === 0) cancel();
  });
  guard.unlock();
  const codes = await Promise.all(waits);
  expect(codes.filter((code) => code === 'ERR_CONTEXT_CANCELED')).toHaveLength(50);
  expect(codes.filter((code) => code === undefined)).toHaveLength(50);
  expect(isFree()).toBe(true);
  for (const { cancel } of cancels) cancel();
});

test('a condition with waiters in several isolates: one by signal, the rest by broadcast', async () => {
  const cond = new Cond(new Mutex());
  const [ready, woken, all] = [new atomic.Int32(), new atomic.Int32(), new WaitGroup()];
  const COUNT = 6;
  for (let n = 0; n < COUNT; n++) {
    all.go(async (it: Cond, waits: atomic.Int32, wakes: atomic.Int32) => {
      const held = await it.mutex.lock();
      waits.add(1);
      await it.wait();
      wakes.add(1);
      held.unlock();
    }, cond, ready, woken);
  }
  while (ready.load() < COUNT) await gosched();
  (await cond.mutex.lock()).unlock(); // the last one waits as well
  cond.signal();
  while (woken.load() === 0) await gosched();
  expect(woken.load()).toBe(1);
  cond.broadcast();
  await all.wait();
  expect(woken.load()).toBe(COUNT);
  expect(await go((it: Cond) => it.mutex.tryLock(), cond)).toBe(true);
});
