import { chan, context, go, WaitGroup, type Chan, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { echoed } from './sent.js';

test('channels, contexts and wait groups inside a value stay what they are', async () => {
  const scope = context.withCancel(context.background());
  const value = {
    list: [chan<number>()],
    map: new Map<unknown, unknown>([['wg', new WaitGroup()]]),
    set: new Set([scope.ctx]),
  };
  const got = (await echoed(go, value)) as typeof value;
  expect(got.list[0]).toBe(value.list[0]);
  expect(got.map.get('wg')).toBe(value.map.get('wg'));
  expect(got.set.has(scope.ctx)).toBe(true);
  scope.cancel();
});

test('they work there', async () => {
  const job = {
    deep: { out: chan<string>(1), wg: new WaitGroup() },
    ctx: context.withCancel(context.background()),
  };
  job.deep.wg.add();
  const goroutine = go(
    async (it: { deep: { out: Chan<string>; wg: WaitGroup }; ctx: Context }) => {
      await it.ctx.done().recv();
      await it.deep.out.send(String(it.ctx.cause()));
      it.deep.wg.done();
    },
    { deep: job.deep, ctx: job.ctx.ctx },
  );
  job.ctx.cancel('enough');
  await job.deep.wg.wait();
  expect(await job.deep.out.recv()).toBe('enough');
  await goroutine;
});

test('a hundred channels in one value', async () => {
  const channels = Array.from({ length: 100 }, () => chan<number>(1));
  await go(async (all: Chan<number>[]) => {
    for (const [n, ch] of all.entries()) await ch.send(n);
  }, channels);
  for (const [n, ch] of channels.entries()) expect(await ch.recv()).toBe(n);
});
