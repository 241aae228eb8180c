import { context, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)('throwIfDone throws the cause once it has ended, $place', async ({ start }) => {
  const { ctx, cancel } = context.withCancel(context.background());
  const attempt = (it: Context): string => (it.throwIfDone(), 'alive');
  expect(await start(attempt, ctx)).toBe('alive');
  cancel(new TypeError('stop'));
  const ended = start(attempt, ctx);
  await expect(ended).rejects.toBeInstanceOf(TypeError);
  await expect(ended).rejects.toThrow('stop');
});

test('it throws Canceled without a cause, DeadlineExceeded after a timeout', () => {
  const { ctx, cancel } = context.withCancel(context.background());
  cancel();
  expect(() => ctx.throwIfDone()).toThrow(context.Canceled);
  const timed = context.withTimeout(context.background(), 0);
  expect(() => timed.ctx.throwIfDone()).toThrow(context.DeadlineExceeded);
});
