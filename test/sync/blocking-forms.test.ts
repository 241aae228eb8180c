import {
  Barrier,
  Cond,
  Mutex,
  RWMutex,
  Semaphore,
  WaitGroup,
  atomic,
  chan,
  context,
  go,
  type Chan,
} from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';
import { afterEach, expect, test } from 'vitest';

const procs = GOMAXPROCS();
afterEach(() => void GOMAXPROCS(procs));

const ended = (): context.Context => {
  const { ctx, cancel } = context.withCancel(context.background());
  cancel(new Error('too late'));
  return ctx;
};

test.each<[string, () => unknown]>([
  ['recvSync', () => chan<number>(1).recvSync()],
  ['sendSync', () => chan<number>(1).sendSync(1)],
  ['lockSync', () => new Mutex().lockSync()],
  ['lockSync', () => new RWMutex().lockSync()],
  ['rlockSync', () => new RWMutex().rlockSync()],
  ['waitSync', () => new WaitGroup().waitSync()],
  ['waitSync', () => new Barrier(1).waitSync()],
  ['waitSync', () => new Cond(new Mutex()).waitSync()],
  ['acquireSync', () => new Semaphore(1).acquireSync()],
])('%s is refused on the main thread, though it need not wait', (name, call) => {
  expect(call).toThrow(
    expect.objectContaining({
      code: 'ERR_SYNC_ON_MAIN',
      message: expect.stringContaining(`await ${name.replace('Sync', '')} instead`) as string,
    }),
  );
});

test('recvSync and sendSync, through close', async () => {
  const [numbers, doubled] = [chan<number>(), chan<number>(4)];
  const double = (from: Chan<number>, to: Chan<number>): void => {
    for (let n = from.recvSync(); n !== undefined; n = from.recvSync()) to.sendSync(2 * n);
    to.close();
  };
  const worker = go(double, numbers, doubled);
  void go.local(async () => {
    for (let n = 0; n < 100; n++) await numbers.send(n);
    numbers.close();
  });
  const got: number[] = [];
  for await (const n of doubled) got.push(n);
  expect(got).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
  await worker;
  const send = (to: Chan<number>): void => to.sendSync(1);
  await expect(go(send, doubled)).rejects.toMatchObject({ code: 'ERR_SEND_ON_CLOSED' });
});

test('a goroutine that blocks hands its P over: the one it waits for starts, GOMAXPROCS 1', async () => {
  GOMAXPROCS(1);
  const [ready, answer] = [chan<number>(), chan<number>()];
  const blocks = (to: Chan<number>, from: Chan<number>): number => {
    to.sendSync(1);
    return from.recvSync()!;
  };
  const blocked = go(blocks, ready, answer);
  await ready.recv();
  await go((to: Chan<number>) => to.send(42), answer); // nobody else is there to run it
  expect(await blocked).toBe(42);
});

test('a goroutine blocks for one that it has started itself, GOMAXPROCS 1', async () => {
  GOMAXPROCS(1);
  const parent = async (): Promise<number> => {
    const { chan: make, go: start } = await import('gosched');
    const answer = make<number>();
    const child = start((to: Chan<number>) => to.sendSync(6), answer);
    const got = answer.recvSync()!;
    await child;
    return got;
  };
  for (let n = 0; n < 5; n++) expect(await go(parent)).toBe(6);
});

test('more goroutines block than there are Ps', async () => {
  const COUNT = 6;
  const barrier = new Barrier(COUNT);
  const wait = (it: Barrier): boolean => it.waitSync();
  const led = await Promise.all(Array.from({ length: COUNT }, () => go(wait, barrier)));
  expect(led.filter(Boolean)).toHaveLength(1);
});

test('locks, counters and semaphores', async () => {
  const [mu, rw, sem, wg] = [new Mutex(), new RWMutex(), new Semaphore(2), new WaitGroup()];
  const [cond, total] = [new Cond(mu), new atomic.Int32()];
  wg.add();
  const work = (
    m: Mutex,
    r: RWMutex,
    s: Semaphore,
    w: WaitGroup,
    c: Cond,
    sum: atomic.Int32,
  ): void => {
    w.waitSync();
    const units = s.acquireSync(2);
    const writing = r.lockSync();
    const held = m.lockSync();
    while (sum.load() === 0) c.waitSync();
    sum.add(1);
    for (const guard of [held, writing, units]) guard.unlock();
    r.rlockSync().unlock();
  };
  const working = [1, 2, 3].map(() => go(work, mu, rw, sem, wg, cond, total));
  wg.done();
  await mu.lock();
  total.add(1);
  cond.broadcast();
  mu.unlock();
  await Promise.all(working);
  expect([total.load(), sem.held, mu.tryLock(), rw.tryLock()]).toEqual([4, 0, true, true]);
});

test('a context ends a thread\'s wait', async () => {
  const mu = new Mutex();
  await mu.lock();
  const { ctx, cancel } = context.withCancel(context.background());
  const there = chan<number>();
  const lock = (it: Mutex, end: context.Context, to: Chan<number>): void => {
    to.sendSync(1);
    it.lockSync(end);
  };
  const locks = go(lock, mu, ctx, there);
  await there.recv();
  cancel(new Error('no longer'));
  await expect(locks).rejects.toThrow('no longer');
  const late = go((it: Mutex, end: context.Context) => void it.lockSync(end), mu, ended());
  await expect(late).rejects.toThrow('too late');
  mu.unlock();
  expect(mu.tryLock()).toBe(true);
});

test('what could only deadlock is refused', async () => {
  const lonely = async (): Promise<unknown[]> => {
    const { chan: make } = await import('gosched');
    const ch = make<number>(1);
    const errors: unknown[] = [];
    ch.sendSync(1);
    for (const call of [() => ch.sendSync(2), () => ch.recvSync(), () => ch.recvSync()]) {
      try {
        errors.push(call());
      } catch (error) {
        errors.push((error as { code: string }).code);
      }
    }
    return errors;
  };
  expect(await go(lonely)).toEqual(['ERR_SYNC_DEADLOCK', 1, 'ERR_SYNC_DEADLOCK']);
});

test('a wrong argument is an error at the call', async () => {
  const codes = async (wrong: unknown): Promise<string[]> => {
    const { Barrier: B, Mutex: M, RWMutex: R, Semaphore: S, WaitGroup: W } = await import('gosched');
    const ctx = wrong as never;
    const calls = [
      () => new M().lockSync(ctx),
      () => new R().lockSync(ctx),
      () => new R().rlockSync(ctx),
      () => new W().waitSync(ctx),
      () => new B(1).waitSync(ctx),
      () => new S(1).acquireSync(1, ctx),
      () => new S(1).acquireSync(ctx),
    ];
    return calls.map((call) => {
      try {
        call();
        return 'it took the argument';
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
  };
  for (const wrong of [null, 'ctx', true, {}, []]) {
    expect(await go(codes, wrong)).toEqual(Array.from({ length: 7 }, () => 'ERR_INVALID_ARG_TYPE'));
  }
  const units = async (): Promise<string[]> => {
    const { Semaphore: S } = await import('gosched');
    return [-1, 1.5, NaN, Infinity, 2].map((n) => {
      try {
        new S(1).acquireSync(n);
        return 'it took the argument';
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
  };
  expect(await go(units)).toEqual(Array.from({ length: 5 }, () => 'ERR_OUT_OF_RANGE'));
});
