import { Canceled, context, DeadlineExceeded, go, type Context } from 'gosched';
import { expect, test } from 'vitest';

const { background, withCancel, withDeadline, withTimeout, withValue, withoutCancel } = context;

test('CTX-012 CTX-035 a deadline in the past, or now, has passed', () => {
  for (const at of [Date.now() - 1000, new Date(), -Infinity, 0]) {
    const { ctx } = withDeadline(background(), at);
    expect(ctx.err()).toBeInstanceOf(DeadlineExceeded);
    expect(ctx.err()).toMatchObject({
      message: 'context deadline exceeded',
      code: 'ERR_CONTEXT_DEADLINE_EXCEEDED',
      timeout: true,
    });
    expect(ctx.done().tryRecv()?.done).toBe(true);
  }
});

test('CTX-016 a timeout passes, not before its time', async () => {
  const start = performance.now();
  const { ctx } = withTimeout(background(), 30);
  expect(ctx.err()).toBe(null);
  await ctx.done().recv();
  expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  expect(ctx.err()).toBeInstanceOf(DeadlineExceeded);
});

test('CTX-013 CTX-014 a child cannot outlive its parent', async () => {
  const parent = withTimeout(background(), 20);
  const child = withTimeout(withCancel(parent.ctx).ctx, 1e9, 'not this');
  const [own, theirs] = [child.ctx.deadline()!.getTime(), parent.ctx.deadline()!.getTime()];
  expect(Math.abs(own - theirs)).toBeLessThan(5);
  await child.ctx.done().recv();
  expect(child.ctx.err()).toBeInstanceOf(DeadlineExceeded);
  expect(child.ctx.cause()).not.toBe('not this');
});

test('CTX-015 a child with the earlier deadline ends alone', async () => {
  const parent = withTimeout(background(), 1e9);
  const child = withTimeout(parent.ctx, 10, 'mine');
  await child.ctx.done().recv();
  expect(child.ctx.cause()).toBe('mine');
  expect(parent.ctx.err()).toBe(null);
  parent.cancel();
});

test('CTX-017 cancelled before it expires', () => {
  const { ctx, cancel } = withTimeout(background(), 1e9);
  cancel();
  expect(ctx.err()).toBeInstanceOf(Canceled);
});

test('deadline() is the point in time that was asked for', () => {
  const at = Date.now() + 60_000;
  for (const { ctx, cancel } of [
    withDeadline(background(), at),
    withDeadline(background(), new Date(at)),
    withTimeout(background(), at - Date.now()),
  ]) {
    expect(Math.abs(ctx.deadline()!.getTime() - at)).toBeLessThan(1000);
    cancel();
  }
});

test('deadline() of an endless timeout', () => {
  const { ctx, cancel } = withTimeout(background(), Infinity);
  const deadline = ctx.deadline();
  expect(deadline === undefined || !Number.isNaN(deadline.getTime())).toBe(true);
  expect(ctx.err()).toBe(null);
  cancel();
  expect(ctx.err()).toBeInstanceOf(Canceled);
});

test('a deadline that has passed is told as it was given', () => {
  const at = Date.now() - 60_000;
  const { ctx } = withDeadline(background(), at);
  expect(Math.abs((ctx.deadline()?.getTime() ?? 0) - at)).toBeLessThan(1000);
});

test('CTX-014 deadline() is the very time that was given, the same each time', () => {
  const parts = [-10_000, 0, 1, 999.5, 10_000, 1e12];
  for (const ms of parts) {
    const at = Math.trunc(Date.now() + ms);
    using own = withDeadline(background(), new Date(at));
    using below = withTimeout(withValue(own.ctx, 'k', 1), 1e13);
    for (let n = 0; n < 50; n++) expect(own.ctx.deadline()!.getTime()).toBe(at);
    expect(below.ctx.deadline()!.getTime()).toBe(at);
    expect(withoutCancel(own.ctx).deadline()).toBeUndefined();
  }
  using first = withTimeout(background(), 60_000);
  using later = withTimeout(withoutCancel(first.ctx), 120_000);
  const { ctx } = later;
  expect(ctx.deadline()!.getTime()).toBeGreaterThan(first.ctx.deadline()!.getTime());
  expect(ctx.deadline()).toEqual(ctx.deadline());
});

test('in another isolate deadline() is the same each time, and that of the one that passed it on', async () => {
  using here = withTimeout(background(), 60_000);
  const there = await go(async (ctx: Context) => {
    const all = new Set<number>();
    for (let n = 0; n < 100; n++) {
      all.add(ctx.deadline()!.getTime());
      await new Promise(setImmediate);
    }
    return [...all];
  }, here.ctx);
  expect(there).toHaveLength(1);
  expect(Math.abs(there[0]! - here.ctx.deadline()!.getTime())).toBeLessThan(1000);
});
