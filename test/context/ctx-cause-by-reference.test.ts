import { context, go, type Context } from 'gosched';
import { expect, test } from 'vitest';

const { background, withCancel, withDeadline, withTimeout, withValue } = context;

class TooSlow extends Error {}

test('CTX-038 a cause is the very object that was given, for descendants too', () => {
  const { ctx, cancel } = withCancel(background());
  const below = withValue(withTimeout(ctx, 1e9, 'not this').ctx, 'a', 1);
  const why = new TooSlow('why');
  cancel(why);
  cancel(new TooSlow('later'));
  for (const it of [ctx, below, withCancel(below).ctx]) expect(it.cause()).toBe(why);
});

test('CTX-048 so is the cause of a timeout and of a deadline', async () => {
  const why = new TooSlow('why');
  for (const { ctx } of [
    withTimeout(background(), 5, why),
    withDeadline(background(), Date.now() + 5, why),
    withTimeout(background(), 0, why),
  ]) {
    const child = withTimeout(ctx, 1e9, 'not this').ctx;
    await child.done().recv();
    expect([ctx.cause(), child.cause()]).toEqual([why, why]);
    expect(ctx.cause()).toBe(why);
  }
});

test('CTX-041 each keeps its own', () => {
  const [parent, why, theirs] = [withCancel(background()), new TooSlow('mine'), new TooSlow('theirs')];
  const child = withCancel(parent.ctx);
  const grandchild = withCancel(child.ctx).ctx;
  child.cancel(why);
  parent.cancel(theirs);
  expect(grandchild.cause()).toBe(why);
  expect(parent.ctx.cause()).toBe(theirs);
});

test('one that was cancelled elsewhere has a copy', async () => {
  const parent = withCancel(background());
  const child = await go(async (it: Context) => {
    const { context: own } = await import('gosched');
    const made = own.withCancel(it);
    made.cancel(new RangeError('there'));
    return made.ctx;
  }, parent.ctx);
  expect(child.cause()).toMatchObject({ name: 'RangeError', message: 'there' });
  expect(parent.ctx.err()).toBe(null);
  parent.cancel();
});
