import { Mutex, RWMutex, Semaphore, context, type CancelableContext } from 'gosched';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkSequences, command, type Command } from './check.js';
import { ModelMutex, ModelRWMutex, ModelSemaphore } from './lock-models.js';
import type { Outcome } from './operate.js';
import { World, same, type Outcomes } from './world.js';

const SIZE = 4;
const CONTEXTS = 3;

/** The models, and the real ones. */
class Locks {
  readonly mutex = new ModelMutex();
  readonly rw = new ModelRWMutex();
  readonly semaphore = new ModelSemaphore(SIZE);
  /** Causes of those that have ended. */
  readonly ended: (string | undefined)[] = Array.from({ length: CONTEXTS });
  readonly real = { mutex: new Mutex(), rw: new RWMutex(), semaphore: new Semaphore(SIZE) };
  readonly scopes: CancelableContext[] = Array.from({ length: CONTEXTS }, () =>
    context.withCancel(context.background()),
  );
}

type Name = 'mutex' | 'rw' | 'semaphore';

const far = fc.boolean();
const where = (it: boolean): string => (it ? 'there' : 'here');
const units = fc.nat(SIZE + 1);
/** Mostly none. */
const ctx = fc.option(fc.nat(CONTEXTS - 1), { nil: undefined, freq: 2 });

/** A wait: its context may have ended before, and then nothing is granted. */
function waits(
  name: Name,
  call: string,
  enter: (model: Locks, id: number, ctx: number | undefined, n: number, out: Outcomes) => void,
): fc.Arbitrary<Command<Locks>> {
  return fc.record({ far, ctx, n: units }).map(({ far: away, ctx: by, n }) => {
    const count = name === 'semaphore' ? [n] : [];
    const shown = [...count, ...(by === undefined ? [] : [`ctx${by}`])].join(', ');
    return command(`${name}.${call}(${shown}) ${where(away)}`, async (model, world) => {
      const args = [...count, ...(by === undefined ? [] : [model.scopes[by]?.ctx])];
      const id = await world.start({ call, on: model.real[name], args }, away);
      const outcomes: Outcomes = new Map();
      const cause = by === undefined ? undefined : model.ended[by];
      if (cause === undefined) enter(model, id, by, n, outcomes);
      else outcomes.set(id, { threw: cause });
      await world.expect(outcomes);
    });
  });
}

/** An operation that never waits, and may let others go on. */
function does(
  name: Name,
  call: string,
  effect: (model: Locks, n: number, out: Outcomes) => Outcome,
): fc.Arbitrary<Command<Locks>> {
  return fc.record({ far, n: units }).map(({ far: away, n }) =>
    command(`${name}.${call}(${name === 'semaphore' ? n : ''}) ${where(away)}`, (model, world) =>
      doNow(model, world, name, call, n, effect, away),
    ),
  );
}

async function doNow(
  model: Locks,
  world: World,
  name: Name,
  call: string,
  n: number,
  effect: (model: Locks, n: number, out: Outcomes) => Outcome,
  away: boolean,
): Promise<void> {
  const args = name === 'semaphore' ? [n] : [];
  const id = await world.start({ call, on: model.real[name], args }, away);
  const outcomes: Outcomes = new Map();
  outcomes.set(id, effect(model, n, outcomes));
  await world.expect(outcomes);
}

async function cancel(model: Locks, world: World, n: number): Promise<void> {
  const cause = (model.ended[n] ??= `cause ${n}`);
  model.scopes[n]?.cancel(cause);
  const outcomes: Outcomes = new Map();
  for (const lock of [model.mutex, model.rw, model.semaphore]) lock.leave(n, cause, outcomes);
  await world.expect(outcomes);
}

const cancels = fc
  .nat(CONTEXTS - 1)
  .map((n) => command<Locks>(`cancel ctx${n}`, (model, world) => cancel(model, world, n)));

const looks = far.map((away) =>
  command<Locks>(`semaphore.held ${where(away)}`, async ({ real, semaphore }, world) => {
    const held = await world.result({ call: 'held', on: real.semaphore }, away);
    same(held, { value: semaphore.held }, 'semaphore.held');
  }),
);

const mutexUnlock = (model: Locks, _: number, out: Outcomes): Outcome => model.mutex.unlock(out);
const unlock = (model: Locks, _: number, out: Outcomes): Outcome => model.rw.unlock(out);
const runlock = (model: Locks, _: number, out: Outcomes): Outcome => model.rw.runlock(out);
const release = (model: Locks, n: number, out: Outcomes): Outcome => model.semaphore.release(n, out);

const commands: fc.Arbitrary<Command<Locks>>[] = [
  waits('mutex', 'lock', ({ mutex }, id, by, _, out) => mutex.lock({ id, ctx: by }, out)),
  does('mutex', 'tryLock', ({ mutex }) => ({ value: mutex.tryLock() })),
  does('mutex', 'unlock', mutexUnlock),
  waits('rw', 'lock', ({ rw }, id, by, _, out) => rw.lock({ id, ctx: by }, out)),
  waits('rw', 'rlock', ({ rw }, id, by, _, out) => rw.rlock({ id, ctx: by }, out)),
  does('rw', 'tryLock', ({ rw }) => ({ value: rw.tryLock() })),
  does('rw', 'tryRLock', ({ rw }) => ({ value: rw.tryRLock() })),
  does('rw', 'unlock', unlock),
  does('rw', 'runlock', runlock),
  waits('semaphore', 'acquire', ({ semaphore }, id, by, n, out) =>
    semaphore.acquire({ id, ctx: by, units: n }, out),
  ),
  does('semaphore', 'tryAcquire', ({ semaphore }, n) => ({ value: semaphore.tryAcquire(n) })),
  does('semaphore', 'release', release),
  cancels,
  looks,
];

/** Unlocks until nobody has anything, so that all that wait go on, each in its turn. */
async function finish(model: Locks, world: World): Promise<void> {
  const { mutex, rw, semaphore } = model;
  for (let n = 0; n < CONTEXTS; n++) await cancel(model, world, n);
  while (mutex.held) await doNow(model, world, 'mutex', 'unlock', 0, mutexUnlock, false);
  while (rw.writing || rw.readers > 0) {
    const [call, effect] = rw.writing ? ['unlock', unlock] as const : ['runlock', runlock] as const;
    await doNow(model, world, 'rw', call, 0, effect, false);
  }
  while (semaphore.held > 0) {
    await doNow(model, world, 'semaphore', 'release', semaphore.held, release, false);
  }
  const lines = [mutex.line, rw.readLine, rw.writeLine, semaphore.line, semaphore.hopeless];
  expect(lines.flat()).toEqual([]);
}

test.each([
  ['in one isolate', false],
  ['across isolates', true],
])('locks serve as their models do, in order, %s', async (_, across) => {
  await checkSequences(
    'test/model/locks.test.ts',
    commands,
    () => ({ model: new Locks(), real: new World(across) }),
    finish,
  );
});
