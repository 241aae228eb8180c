import { context, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)('one cancel ends 500 goroutines that wait for it, $place', async ({ start }) => {
  const { ctx, cancel } = context.withCancel(context.background());
  const waiters = Array.from({ length: 500 }, () =>
    start(async (it: Context) => {
      await it.done().recv();
      return it.cause();
    }, ctx),
  );
  cancel('all');
  expect(new Set(await Promise.all(waiters))).toEqual(new Set(['all']));
});
