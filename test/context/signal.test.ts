import { once } from 'node:events';
import { chan, context, go, type Chan, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)('the signal aborts with the cause, $place', async ({ start }) => {
  const { ctx, cancel } = context.withCancel(context.background());
  const ready = chan<boolean>();
  const waiter = start(
    async (it: Context, here: Chan<boolean>) => {
      const { signal } = it;
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      await here.send(signal.aborted || it.signal !== signal);
      await aborted;
      return signal.reason as unknown;
    },
    ctx,
    ready,
  );
  expect(await ready.recv()).toBe(false);
  cancel({ why: 'enough' });
  expect(await waiter).toEqual({ why: 'enough' });
});

test('the signal of an ended context is aborted at once', () => {
  const { ctx, cancel } = context.withCancel(context.background());
  cancel('why');
  expect(ctx.signal.aborted).toBe(true);
  expect(ctx.signal.reason).toBe('why');
});

test('a timeout aborts with DeadlineExceeded', async () => {
  const { ctx } = context.withTimeout(context.background(), 10);
  if (!ctx.signal.aborted) await once(ctx.signal, 'abort');
  expect(ctx.signal.reason).toBe(ctx.err());
});

test('it stops what takes a signal, in another isolate', async () => {
  const { ctx, cancel } = context.withCancel(context.background());
  const ready = chan<number>();
  const waiter = go(
    async (it: Context, here: Chan<number>) => {
      const { setTimeout } = await import('node:timers/promises');
      const slept = setTimeout(60_000, undefined, { signal: it.signal });
      await here.send(1);
      return slept.catch((error: Error) => error.name);
    },
    ctx,
    ready,
  );
  await ready.recv();
  cancel();
  expect(await waiter).toBe('AbortError');
});
