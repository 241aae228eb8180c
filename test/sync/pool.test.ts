import { chan, context, type Chan } from 'gosched';
import { pool } from 'gosched/sync';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';

const kinds = [
  { place: 'in one isolate', local: true },
  { place: 'across isolates', local: false },
] as const;

test.each(kinds)('each result and each error goes to who submitted the job, $place', async ({ local }) => {
  await using workers = pool(
    3,
    (n: number) => {
      if (n % 10 === 3) throw new RangeError(`job ${n}`);
      return n * n;
    },
    { local },
  );
  const jobs = Array.from({ length: 100 }, (_, n) => workers.submit(n));
  const ended = await Promise.allSettled(jobs);
  ended.forEach((one, n) => {
    const outcome = n % 10 === 3 ? { reason: new RangeError(`job ${n}`) } : { value: n * n };
    expect(one).toMatchObject(outcome);
  });
});

test.each(kinds)('no more than its size run at a time, in order of submission, $place', async ({ local }) => {
  const started = chan<number>(10);
  const end = chan<void>();
  const work = async (n: number, begun: Chan<number>, until: Chan<void>): Promise<void> => {
    await begun.send(n);
    await until.recv();
  };
  const workers = pool(2, work, { local });
  const jobs = [0, 1, 2, 3].map((n) => workers.submit(n, started, end));
  expect([await started.recv(), await started.recv()].sort()).toEqual([0, 1]);
  expect(await isPending(started.recv().then((n) => started.send(n!)))).toBe(true);
  expect([workers.running, workers.waiting]).toEqual([2, 2]);
  for (const _ of jobs) await end.send();
  await Promise.all(jobs);
  expect([workers.running, workers.waiting]).toEqual([0, 0]);
  await workers.close();
});

test('a full queue says no at once', async () => {
  const end = chan<never>();
  const workers = pool(2, () => end.recv(), { local: true, queue: 1 });
  const jobs = [workers.trySubmit(), workers.trySubmit(), workers.trySubmit()];
  expect(jobs.every((job) => job !== undefined)).toBe(true);
  expect(workers.trySubmit()).toBe(undefined);
  end.close();
  await Promise.all(jobs);
  await workers.trySubmit();
});

test('a job leaves the queue when its context ends', async () => {
  const end = chan<never>();
  const workers = pool(1, () => end.recv(), { local: true });
  const running = workers.submit();
  const { ctx, cancel } = context.withCancel(context.background());
  const waiting = workers.submitWith(ctx);
  expect(workers.waiting).toBe(1);
  cancel(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  expect(workers.waiting).toBe(0);
  await expect(workers.submitWith(ctx)).rejects.toThrow('gone');
  end.close();
  await running;
});

test('close waits for what was submitted, and refuses the rest', async () => {
  const end = chan<never>();
  const workers = pool(1, () => end.recv(), { local: true });
  const jobs = [workers.submit(), workers.submit()];
  const closed = workers.close();
  await expect(workers.submit()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
  expect(() => workers.trySubmit()).toThrow(expect.objectContaining({ code: 'ERR_POOL_CLOSED' }));
  expect(await isPending(closed)).toBe(true);
  end.close();
  await closed;
  expect(await Promise.all(jobs)).toEqual([undefined, undefined]);
});
