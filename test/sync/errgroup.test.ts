import { chan, context, type Chan } from 'gosched';
import { ErrGroup, errgroup } from 'gosched/sync';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';

/** Adds a goroutine, of this isolate or of another. */
const starts: readonly {
  readonly place: string;
  readonly add: <A extends unknown[]>(
    group: ErrGroup,
    fn: (...args: A) => unknown,
    ...args: A
  ) => Promise<void>;
}[] = [
  { place: 'in one isolate', add: (group, fn, ...args) => group.local(fn, ...args) },
  { place: 'across isolates', add: (group, fn, ...args) => group.go(fn, ...args) },
];

/** Ends, or fails with the text. */
const task = (failure: string | null): void => {
  if (failure !== null) throw new RangeError(failure);
};

test.each(starts)('XS-001 XS-005 XS-012 wait gives the first error ever seen, $place', async ({ add }) => {
  const group = new ErrGroup();
  let first: string | undefined;
  for (const failure of [null, 'one', null, 'two']) {
    await add(group, task, failure);
    first ??= failure ?? undefined;
    const outcome = await group.wait().catch((error: RangeError) => error.message);
    expect(outcome).toBe(first);
  }
});

test.each(starts)('XS-002 XS-003 the context ends with the first error, or after wait, $place', async ({
  add,
}) => {
  for (const failures of [[], [null], ['one'], ['one', null], ['one', 'two']]) {
    const { group, ctx } = errgroup.withContext(context.background());
    for (const failure of failures) {
      await add(group, task, failure);
      await group.wait().catch(() => undefined);
    }
    await group.wait().catch(() => undefined);
    expect(ctx.err()).toBeInstanceOf(context.Canceled);
    expect(ctx.cause()).toEqual(failures[0] === 'one' ? new RangeError('one') : ctx.err());
  }
});

test.each(starts)('XS-004 the first error ends the context at once; wait waits for all, $place', async ({
  add,
}) => {
  const { group, ctx } = errgroup.withContext(context.background());
  const end = chan<never>();
  await add(group, (until: Chan<never>) => until.recv(), end);
  await add(group, task, 'now');
  await ctx.done().recv();
  const waited = group.wait();
  waited.catch(() => undefined);
  expect(await isPending(waited)).toBe(true);
  end.close();
  await expect(waited).rejects.toThrow('now');
});

test.each(starts)('XS-006 at the limit tryGo says no, and yes when one has ended, $place', async ({
  add,
}) => {
  const group = new ErrGroup();
  group.setLimit(42);
  const end = chan<never>();
  const wait = (until: Chan<never>): Promise<undefined> => until.recv();
  for (let n = 0; n < 42; n++) await add(group, wait, end);
  expect(group.tryGo(wait, end)).toBe(false);
  expect(group.tryLocal(wait, end)).toBe(false);
  end.close();
  await group.wait();
  expect(group.tryGo(wait, end)).toBe(true);
  expect(group.tryLocal(wait, end)).toBe(true);
  await group.wait();
});

test('XS-009 1025 goroutines under a limit of 10: never more at a time', async () => {
  const group = new ErrGroup();
  group.setLimit(10);
  let active = 0;
  let most = 0;
  let ended = 0;
  for (let n = 0; n < 1025; n++) {
    await group.local(async () => {
      most = Math.max(most, ++active);
      await Promise.resolve();
      active--;
      ended++;
    });
  }
  await group.wait();
  expect([most <= 10, ended]).toEqual([true, 1025]);
});

test('XS-010 a negative limit is none', async () => {
  const group = new ErrGroup();
  group.setLimit(1);
  group.setLimit(-1);
  const end = chan<never>();
  for (let n = 0; n < 100; n++) expect(group.tryLocal(() => end.recv())).toBe(true);
  end.close();
  await group.wait();
});

test('XS-011 the limit cannot change while goroutines are active', async () => {
  const group = new ErrGroup();
  const end = chan<never>();
  await group.local(() => end.recv());
  await group.local(() => end.recv());
  expect(() => group.setLimit(1)).toThrow(
    expect.objectContaining({ code: 'ERR_ERRGROUP_LIMIT', message: expect.stringContaining('2') }),
  );
  end.close();
  await group.wait();
  expect(group.setLimit(1)).toBe(undefined);
});

test('XS-013 each writes its own place of the results', async () => {
  const results: number[] = [];
  const group = new ErrGroup();
  for (let n = 0; n < 20; n++) {
    void group.local(async () => {
      await Promise.resolve();
      results[n] = n * n;
    });
  }
  await group.wait();
  expect(results).toEqual(Array.from({ length: 20 }, (_, n) => n * n));
});

test('a call that go refuses is refused, and is nobody to wait for', async () => {
  const group = new ErrGroup();
  group.setLimit(1);
  const uncopyable = (): number => 1;
  const refused = group.go((it: unknown) => it, uncopyable);
  await expect(refused).rejects.toMatchObject({ code: 'ERR_DATA_CLONE' });
  expect(await group.wait()).toBe(undefined);
  expect(group.tryLocal(() => 1)).toBe(true);
  await group.wait();
});

test('disposing waits, also for those that have no place yet', async () => {
  const group = new ErrGroup();
  group.setLimit(1);
  const order: number[] = [];
  for (const n of [1, 2, 3]) void group.local(() => order.push(n));
  await group[Symbol.asyncDispose]();
  expect(order).toEqual([1, 2, 3]);
});
