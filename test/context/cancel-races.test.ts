import { chan, context, type Chan, type Context } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)(
  'CTX-010 cancel races with the making of a child: the child ends, $place',
  async ({ start }) => {
    const parents = chan<Context>();
    const makeChildren = start(async (from: Chan<Context>) => {
      const { context: own } = await import('gosched');
      const causes: unknown[] = [];
      for await (const parent of from) {
        const { ctx } = own.withCancel(parent);
        await ctx.done().recv();
        causes.push(ctx.cause());
      }
      return causes;
    }, parents);
    for (let round = 0; round < 200; round++) {
      const { ctx, cancel } = context.withCancel(context.background());
      await parents.send(ctx);
      cancel('parent');
    }
    parents.close();
    expect(await makeChildren).toEqual(Array.from({ length: 200 }, () => 'parent'));
  },
);

test.each(places)(
  'CTX-054 a cause polled during cancel is null or the cause, $place',
  async ({ start }) => {
    const contexts = chan<Context>();
    const poll = start(async (from: Chan<Context>) => {
      const { gosched } = await import('gosched/runtime');
      const causes = new Set<unknown>();
      for await (const ctx of from) {
        for (;;) {
          const cause = ctx.cause();
          causes.add(cause instanceof Error ? cause.name : cause);
          if (cause !== null) break;
          await gosched();
        }
      }
      return [...causes].filter((cause) => cause !== null);
    }, contexts);
    for (let round = 0; round < 200; round++) {
      const { ctx, cancel } = context.withCancel(context.background());
      await contexts.send(ctx);
      cancel('cause');
    }
    contexts.close();
    expect(await poll).toEqual(['cause']);
  },
);

test.each(places)(
  'CTX-024 one who waits for the parent cancels the child meanwhile, $place',
  async ({ start }) => {
    for (let round = 0; round < 50; round++) {
      const parent = context.withCancel(context.background());
      const ended = start(async (it: Context) => {
        const { context: own } = await import('gosched');
        const child = own.withCancel(it);
        await it.done().recv();
        child.cancel('mine');
        return child.ctx.cause();
      }, parent.ctx);
      parent.cancel('theirs');
      // As in Go, `done` is closed before the children end: either may be first.
      expect(await ended).toMatch(/^(mine|theirs)$/);
    }
  },
);
