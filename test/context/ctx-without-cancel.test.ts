import { context, go, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';

const { background, withCancel, withTimeout, withValue, withoutCancel } = context;

test('CTX-052 neither a cancellation nor a deadline reaches it', () => {
  const canceled = withCancel(background());
  const before = withoutCancel(canceled.ctx);
  canceled.cancel('why');
  const expired = withTimeout(background(), 0);
  for (const ctx of [withoutCancel(background()), before, withoutCancel(expired.ctx)]) {
    expect([ctx.err(), ctx.cause()]).toEqual([null, null]);
    expect(ctx.signal.aborted).toBe(false);
  }
});

test('CTX-053 no deadline, never done, the values still there', async () => {
  const parent = withTimeout(withValue(background(), 'a', { n: 1 }), 1e9);
  const ctx = withoutCancel(parent.ctx);
  parent.cancel();
  expect(ctx.deadline()).toBe(undefined);
  expect(await isPending(ctx.done().recv())).toBe(true);
  expect(ctx.value('a')).toEqual({ n: 1 });
  expect(await go((it: Context) => [it.value('a'), it.err()], ctx)).toEqual([{ n: 1 }, null]);
});

test('its children can be cancelled', () => {
  const parent = withCancel(background());
  parent.cancel('theirs');
  const child = withCancel(withoutCancel(parent.ctx));
  expect(child.ctx.err()).toBe(null);
  child.cancel('mine');
  expect(child.ctx.cause()).toBe('mine');
});
