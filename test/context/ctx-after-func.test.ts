import { chan, context } from 'gosched';
import { numGoroutine } from 'gosched/runtime';
import { expect, test, vi } from 'vitest';
import { isPending } from '../pending.js';
import { runProgram } from '../program.js';

const { afterFunc, background, withCancel, withTimeout, withValue } = context;

test('CTX-063 on a context that has ended it runs all the same, in its own goroutine', async () => {
  const { ctx, cancel } = withCancel(background());
  cancel();
  const ran = chan<number>();
  const stop = afterFunc(ctx, () => ran.send(numGoroutine()));
  expect(stop()).toBe(false);
  expect(await ran.recv()).toBeGreaterThanOrEqual(1);
});

test('CTX-064 stopped in time it never runs: true once, then false', async () => {
  const { ctx, cancel } = withCancel(background());
  const fn = vi.fn<() => void>();
  const stop = afterFunc(ctx, fn);
  expect([stop(), stop()]).toEqual([true, false]);
  cancel();
  expect(stop()).toBe(false);
  await isPending(Promise.resolve());
  expect(fn).not.toHaveBeenCalled();
});

test('it runs once, after the end; stopping is too late as soon as cancel was called', async () => {
  const { ctx, cancel } = withCancel(background());
  const ran = chan<unknown>(2);
  const stop = afterFunc(withValue(ctx, 'a', 1), () => ran.send(ctx.cause()));
  expect(await isPending(ran.recv().then(() => ran.send('too early')))).toBe(true);
  cancel('why');
  expect(stop()).toBe(false);
  expect(await ran.recv()).toBe('too early'); // the first receiver got the cause
  expect(stop()).toBe(false);
  expect(ran.length).toBe(0);
});

test('a deadline runs it', async () => {
  const ran = chan<string>();
  const { ctx } = withTimeout(background(), 5);
  afterFunc(ctx, () => ran.send('late'));
  expect(await ran.recv()).toBe('late');
});

test('many on one context all run, each stopped alone', async () => {
  const { ctx, cancel } = withCancel(background());
  const ran = chan<number>(100);
  const stops = Array.from({ length: 100 }, (_, n) => afterFunc(ctx, () => ran.send(n)));
  stops.forEach((stop, n) => n % 2 === 0 && stop());
  cancel();
  const seen: unknown[] = [];
  for (let n = 0; n < 50; n++) seen.push(await ran.recv());
  expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => 2 * n + 1));
});

test('a process does not stay for a function that waits for a cancellation', async () => {
  const { code, stderr } = await runProgram('context/fixtures/after-func-pending.mjs');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
