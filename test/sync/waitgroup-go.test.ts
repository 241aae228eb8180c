import { WaitGroup, atomic, context } from 'gosched';
import { goexit } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { runProgram } from '../program.js';
import { isPending } from '../pending.js';

test('SYN-032 go counts as done when the function has returned', async () => {
  const [wg, ran] = [new WaitGroup(), new atomic.Int32()];
  for (let n = 1; n <= 10; n++) {
    wg.go((count: atomic.Int32, by: number) => void count.add(by), ran, n);
  }
  await wg.wait();
  expect(ran.load()).toBe(55);
});

test('SYN-033 go with a function that throws ends the process, and wait does not return', async () => {
  const ending = await runProgram('lifecycle/fixtures/waitgroup-go-throws.mjs');
  expect(ending.code).toBe(1);
  expect(ending.stdout).toBe('');
  expect(ending.stderr).toContain('thrown in a goroutine');
});

test('SYN-034 go inside go is waited for', async () => {
  const [wg, ran] = [new WaitGroup(), new atomic.Int32()];
  const outer = (group: WaitGroup, count: atomic.Int32): void => {
    group.go((it: atomic.Int32) => void it.add(1), count);
    count.add(1);
  };
  wg.go(outer, wg, ran);
  await wg.wait();
  expect(ran.load()).toBe(2);
});

test('what is around the function is there', async () => {
  const [wg, sum] = [new WaitGroup(), new atomic.Int32()];
  for (let n = 1; n <= 4; n++) wg.go(() => void sum.add(n));
  await wg.wait();
  expect(sum.load()).toBe(10);
});

test('a call that go refuses leaves the counter as it was', async () => {
  const wg = new WaitGroup();
  let lost = 0;
  expect(() => wg.go(() => (lost = 1))).toThrow(expect.objectContaining({ name: 'GoCaptureError' }));
  expect(lost).toBe(0);
  expect(() => wg.go(1 as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  await wg.wait();
});

test('SYN-029 SYN-030 reused before the waiters have run: each returns at its own zero', async () => {
  const wg = new WaitGroup();
  wg.add();
  const first = wg.wait();
  wg.done();
  wg.add(); // Go may panic here
  const second = wg.wait();
  await first;
  expect(await isPending(second)).toBe(true);
  wg.done();
  await second;
});

test('a cancelled wait rejects with the cause', async () => {
  const wg = new WaitGroup();
  wg.add();
  const { ctx, cancel } = context.withCancel(context.background());
  const waits = wg.wait(ctx);
  cancel(new Error('no time'));
  await expect(waits).rejects.toThrow('no time');
});

test('SYN-032 go counts as done when the function ends by goexit', async () => {
  const wg = new WaitGroup();
  for (let n = 0; n < 5; n++) wg.go(() => goexit());
  expect(await wg.wait()).toBeUndefined();
});
