import {
  Barrier,
  Mutex,
  RWMutex,
  Semaphore,
  SharedMap,
  atomic,
  go,
  type Context,
} from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { seeded } from '../seed.js';

const ACTORS = 8;
const ROUNDS = 400;

interface Shared {
  readonly mu: Mutex;
  readonly rw: RWMutex;
  readonly sem: Semaphore;
  readonly units: number;
  readonly map: SharedMap<number, number>;
  /** Inside the mutex; inside the RWMutex, a writer as 1000; units held; wrong counts seen. */
  readonly inside: atomic.Int32;
  readonly active: atomic.Int32;
  readonly held: atomic.Int32;
  readonly wrong: atomic.Int32;
}

/** Takes locks in ways chosen at random, some of which are given up, and counts what it got. */
async function actor(it: Shared, rounds: number, seed: number): Promise<number> {
  const { context: contexts } = await import('gosched');
  const { gosched } = await import('gosched/runtime');
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 16) % below;
  };
  const check = (right: boolean): void => void (right || it.wrong.add(1));
  /** A lock, perhaps with a context that ends at about the moment when it is granted. */
  const acquire = async (lock: (ctx?: Context) => Promise<unknown>): Promise<boolean> => {
    if (next(3) > 0) return lock().then(() => true);
    const scope = contexts.withCancel(contexts.background());
    const got = lock(scope.ctx).then(() => true, () => false);
    for (let turns = next(3); turns > 0; turns--) await gosched();
    scope.cancel();
    return got;
  };
  let updates = 0;
  for (let n = 0; n < rounds; n++) {
    const pause = next(8) === 0;
    switch (next(5)) {
      case 0:
        if (!(await acquire((ctx) => it.mu.lock(ctx)))) break;
        check(it.inside.add(1) === 1);
        if (pause) await gosched();
        it.inside.sub(1);
        it.mu.unlock();
        break;
      case 1:
        if (!(await acquire((ctx) => it.rw.rlock(ctx)))) break;
        check(it.active.add(1) < 1000);
        if (pause) await gosched();
        it.active.sub(1);
        it.rw.runlock();
        break;
      case 2:
        if (!(await acquire((ctx) => it.rw.lock(ctx)))) break;
        check(it.active.add(1000) === 1000);
        if (pause) await gosched();
        it.active.sub(1000);
        it.rw.unlock();
        break;
      case 3: {
        const units = next(it.units + 1);
        if (!(await acquire((ctx) => it.sem.acquire(units, ctx)))) break;
        check(it.held.add(units) <= it.units);
        if (pause) await gosched();
        it.held.sub(units);
        it.sem.release(units);
        break;
      }
      default:
        it.map.update(next(4), (value = 0) => value + 1);
        updates++;
    }
  }
  return updates;
}

test.each(places)(
  'locks taken, given up and cancelled at random: they exclude, and nobody hangs, $place',
  async ({ start }) => {
    const random = seeded();
    const shared: Shared = {
      mu: new Mutex(),
      rw: new RWMutex(),
      sem: new Semaphore(5),
      units: 5,
      map: new SharedMap(),
      inside: new atomic.Int32(),
      active: new atomic.Int32(),
      held: new atomic.Int32(),
      wrong: new atomic.Int32(),
    };
    const updates = await Promise.all(
      Array.from({ length: ACTORS }, (_, n) =>
        (n % 4 === 0 ? go.local : start)(actor, shared, ROUNDS, random.int(2 ** 31)),
      ),
    );
    expect(shared.wrong.load()).toBe(0);
    expect([shared.mu.tryLock(), shared.rw.tryLock(), shared.sem.held]).toEqual([true, true, 0]);
    expect(shared.map.values().reduce((a, b) => a + b)).toBe(updates.reduce((a, b) => a + b));
  },
);

test('threads that block and goroutines that await share locks', async () => {
  const random = seeded();
  const [mu, barrier, total] = [new Mutex(), new Barrier(6), new atomic.Int32()];
  const blocks = (it: Mutex, start: Barrier, sum: atomic.Int32, rounds: number): void => {
    start.waitSync();
    for (let n = 0; n < rounds; n++) {
      const held = it.lockSync();
      const seen = sum.load();
      sum.store(seen + 1);
      held.unlock();
    }
  };
  const awaits = async (it: Mutex, start: Barrier, sum: atomic.Int32, rounds: number): Promise<void> => {
    await start.wait();
    for (let n = 0; n < rounds; n++) {
      await it.lock();
      const seen = sum.load();
      sum.store(seen + 1);
      it.unlock();
    }
  };
  const rounds = 200 + random.int(200);
  const all = [
    ...[1, 2, 3].map(() => go(blocks, mu, barrier, total, rounds)),
    ...[1, 2].map(() => go(awaits, mu, barrier, total, rounds)),
    go.local(awaits, mu, barrier, total, rounds),
  ];
  await Promise.all(all);
  expect(total.load()).toBe(6 * rounds);
});
