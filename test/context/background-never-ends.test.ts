import { context } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';

test.each([
  ['background', 'context.Background', context.background],
  ['todo', 'context.TODO', context.todo],
] as const)('CTX-001 CTX-002 CTX-036 %s() never ends and prints %s', async (_, name, root) => {
  const ctx = root();
  expect(root()).toBe(ctx);
  expect(ctx.err()).toBe(null);
  expect(ctx.cause()).toBe(null);
  expect(ctx.deadline()).toBe(undefined);
  expect(ctx.signal.aborted).toBe(false);
  expect(() => ctx.throwIfDone()).not.toThrow();
  expect(Object.prototype.toString.call(ctx)).toBe(`[object ${name}]`);
  expect(ctx.done().tryRecv()).toBe(undefined);
  expect(await isPending(ctx.done().recv())).toBe(true);
});
