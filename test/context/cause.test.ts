import { Canceled, context, DeadlineExceeded } from 'gosched';
import { expect, test } from 'vitest';

const LONG = 1e9;

interface Family {
  readonly parent: (cause?: unknown) => void;
  readonly child: (cause?: unknown) => void;
}

test.each<[string, (family: Family) => void, unknown]>([
  ['CTX-038 with a cause', ({ child }) => child('mine'), 'mine'],
  ['CTX-039 without one', ({ child }) => child(), 'context canceled'],
  ['CTX-040 parent, then child', (f) => (f.parent('theirs'), f.child('mine')), 'theirs'],
  ['CTX-041 child, then parent', (f) => (f.child('mine'), f.parent('theirs')), 'mine'],
  ['CTX-042 parent, then child plainly', (f) => (f.parent('theirs'), f.child()), 'theirs'],
  ['CTX-043 child plainly, then parent', (f) => (f.child(), f.parent('x')), 'context canceled'],
  ['CTX-044 parent plainly, then child', (f) => (f.parent(), f.child('x')), 'context canceled'],
  ['CTX-045 child, then parent plainly', (f) => (f.child('mine'), f.parent()), 'mine'],
])('the first cancellation gives the cause: %s', (_, cancelBoth, expected) => {
  const parent = context.withCancel(context.background());
  const child = context.withCancel(parent.ctx);
  cancelBoth({ parent: parent.cancel, child: child.cancel });
  expect(child.ctx.err()).toBeInstanceOf(Canceled);
  const cause = child.ctx.cause();
  expect(cause instanceof Canceled ? cause.message : cause).toBe(expected);
});

test('CTX-046 a timeout of zero has ended already, and cancel changes nothing', () => {
  const { ctx, cancel } = context.withTimeout(context.background(), 0);
  expect(ctx.err()).toBeInstanceOf(DeadlineExceeded);
  cancel('late');
  expect(ctx.err()).toBeInstanceOf(DeadlineExceeded);
  expect(ctx.cause()).toBe(ctx.err());
});

test('CTX-047 CTX-049 a long timeout, cancelled: its own cause is not used', () => {
  const { ctx, cancel } = context.withTimeout(context.background(), LONG, 'too slow');
  cancel();
  expect(ctx.err()).toBeInstanceOf(Canceled);
  expect(ctx.cause()).toBe(ctx.err());
});

test('CTX-048 CTX-050 an expired timeout keeps its error and cause', () => {
  const parent = context.withCancel(context.background());
  const { ctx } = context.withTimeout(parent.ctx, 0, 'too slow');
  parent.cancel('theirs');
  expect(ctx.err()).toBeInstanceOf(DeadlineExceeded);
  expect(ctx.cause()).toBe('too slow');
});

test('CTX-051 a long timeout under a parent cancelled with a cause', () => {
  const parent = context.withCancel(context.background());
  const { ctx } = context.withTimeout(parent.ctx, LONG, 'too slow');
  parent.cancel('theirs');
  expect(ctx.err()).toBeInstanceOf(Canceled);
  expect(ctx.cause()).toBe('theirs');
});

test.each([null, 0, '', false, { code: 1 }, new RangeError('why'), [1, 2], 5n])(
  'a cause is any value that can be copied: %o',
  (cause) => {
    const { ctx, cancel } = context.withCancel(context.background());
    cancel(cause);
    expect(ctx.cause()).toEqual(cause);
  },
);

test('a cause that cannot be copied is refused, and the context goes on', () => {
  const { ctx, cancel } = context.withCancel(context.background());
  expect(() => cancel(() => 1)).toThrow(expect.objectContaining({ code: 'ERR_DATA_CLONE' }));
  expect(ctx.err()).toBe(null);
  cancel();
});
