import { Canceled, context } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';

test('CTX-003 CTX-037 a context ends when it is cancelled, before cancel returns', async () => {
  const { ctx, cancel } = context.withCancel(context.background());
  const done = ctx.done().next();
  expect([ctx.err(), ctx.cause(), ctx.deadline()]).toEqual([null, null, undefined]);
  expect(await isPending(done)).toBe(true);

  cancel();
  expect(ctx.err()).toBeInstanceOf(Canceled);
  expect(ctx.err()).toMatchObject({
    message: 'context canceled',
    name: 'Canceled',
    code: 'ERR_CONTEXT_CANCELED',
  });
  expect(ctx.cause()).toBe(ctx.err());
  expect(ctx.done().tryRecv()).toEqual({ value: undefined, done: true });
  expect(await done).toEqual({ value: undefined, done: true });
});

test('CTX-030 the error stays, and later calls of cancel change nothing', () => {
  const { ctx, cancel } = context.withCancel(context.background());
  cancel('first');
  const err = ctx.err();
  cancel('second');
  cancel();
  expect(ctx.err()).toBe(err);
  expect(ctx.cause()).toBe('first');
});

test('CTX-031 done() is the same channel each time', () => {
  const { ctx, cancel } = context.withCancel(context.background());
  const done = ctx.done();
  expect(ctx.done()).toBe(done);
  cancel();
  expect(ctx.done()).toBe(done);
});

test('disposing cancels', () => {
  const scope = context.withCancel(context.background());
  scope[Symbol.dispose]();
  expect(scope.ctx.err()).toBeInstanceOf(Canceled);
});
