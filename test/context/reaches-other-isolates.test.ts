import { Canceled, chan, context, DeadlineExceeded, go, type Chan, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

const { background, withCancel, withTimeout } = context;

test.each(places)('done() wakes, and err and cause are known, $place', async ({ start }) => {
  const { ctx, cancel } = withCancel(background());
  const ready = chan<number>();
  const waiter = start(
    async (it: Context, here: Chan<number>) => {
      const done = it.done().next();
      await here.send(1);
      return [await done, it.err(), it.cause()];
    },
    ctx,
    ready,
  );
  await ready.recv();
  cancel(new RangeError('why'));
  const [done, err, cause] = await waiter;
  expect(done).toEqual({ value: undefined, done: true });
  expect(err).toBeInstanceOf(Canceled);
  expect(cause).toBeInstanceOf(RangeError);
  expect(cause).toMatchObject({ message: 'why' });
});

test.each(places)('a child made elsewhere ends with its parent here, $place', async ({ start }) => {
  const parent = withCancel(background());
  const ready = chan<Context>();
  const waiter = start(
    async (it: Context, give: Chan<Context>) => {
      const { context: own } = await import('gosched');
      const child = own.withTimeout(it, 1e9);
      await give.send(child.ctx);
      await child.ctx.done().recv();
      return child.ctx.cause();
    },
    parent.ctx,
    ready,
  );
  const child = (await ready.recv())!;
  parent.cancel('theirs');
  expect(child.err()).toBeInstanceOf(Canceled);
  expect(await waiter).toBe('theirs');
});

test('CTX-016 a timeout made here passes elsewhere', async () => {
  const { ctx } = withTimeout(background(), 20, 'slow');
  const seen = await go(async (it: Context) => {
    await it.done().recv();
    return [it.err(), it.cause(), it.deadline() instanceof Date];
  }, ctx);
  expect(seen[0]).toBeInstanceOf(DeadlineExceeded);
  expect(seen.slice(1)).toEqual(['slow', true]);
});

test('an ended context arrives ended, and the roots arrive', async () => {
  const { ctx, cancel } = withCancel(background());
  cancel('before');
  const look = (it: Context) => [it.cause(), it.done().tryRecv(), it.signal.aborted];
  expect(await go(look, ctx)).toEqual(['before', { value: undefined, done: true }, true]);
  expect(await go(look, background())).toEqual([null, undefined, false]);
  expect(await go((it: Context) => it, ctx)).toBe(ctx);
});
