import { chan, go as start, select } from 'gosched';
import { goexit } from 'gosched/runtime';
import { singleflight } from 'gosched/sync';
import { expect, test } from 'vitest';

test('XS-026 the error of the call is everybody\'s', async () => {
  const group = new singleflight.Group<string, number>();
  const error = new Error('no');
  const calls = [1, 2].map(() => group.do('key', () => Promise.reject(error)));
  for (const call of calls) await expect(call).rejects.toBe(error);
});

test('XS-027 XS-028 ten calls with one key: one runs, all get the value, shared', async () => {
  const group = new singleflight.Group<string, string>();
  const go = chan<never>();
  let runs = 0;
  const calls = Array.from({ length: 10 }, () =>
    group.do('key', async () => {
      runs++;
      await go.recv();
      return 'value';
    }),
  );
  go.close();
  expect(await Promise.all(calls)).toEqual(calls.map(() => ({ value: 'value', shared: true })));
  expect(runs).toBe(1);
  expect(await group.do('key', () => 'next')).toEqual({ value: 'next', shared: false });
});

test('XS-032 nothing is kept: when a call has ended, the next runs anew', async () => {
  const group = new singleflight.Group<string, number>();
  let runs = 0;
  for (let n = 1; n <= 3; n++) {
    expect(await group.do('key', () => ++runs)).toEqual({ value: n, shared: false });
  }
  await expect(group.do('key', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await group.do('key', () => ++runs)).toEqual({ value: 4, shared: false });
});

test('XS-033 XS-035 what the call throws is the error of all five, and the outcome of doChan', async () => {
  const group = new singleflight.Group<string, number>();
  const error = new RangeError('thrown');
  let runs = 0;
  const throws = (): never => {
    runs++;
    throw error;
  };
  const calls = Array.from({ length: 5 }, () => group.do('key', throws));
  const outcomes = group.doChan('key', throws);
  for (const call of calls) await expect(call).rejects.toBe(error);
  expect(await outcomes.recv()).toEqual({ error, shared: true });
  expect(runs).toBe(1);
});

test('calls with other keys run by themselves', async () => {
  const group = new singleflight.Group<number, number>();
  const calls = [1, 2].map((key) => group.do(key, () => key));
  expect(await Promise.all(calls)).toEqual([1, 2].map((value) => ({ value, shared: false })));
});

test('XS-029 doChan delivers once, into a buffer of one that is never closed', async () => {
  const group = new singleflight.Group<string, number>();
  const ch = group.doChan('key', () => 7);
  expect((await select({ ch })).value).toEqual({ value: 7, shared: false });
  expect(ch.tryRecv()).toBe(undefined);
  expect(ch.capacity).toBe(1);
  const error = new Error('no');
  const failed = group.doChan('key', () => Promise.reject(error));
  expect(await failed.recv()).toEqual({ error, shared: false });
});

test('XS-031 after forget the next call starts anew, and the third joins the second', async () => {
  const group = new singleflight.Group<string, number>();
  const end = chan<never>();
  const call = (n: number): ReturnType<typeof group.do> =>
    group.do('key', async () => {
      await end.recv();
      return n;
    });
  const first = call(1);
  group.forget('key');
  const second = call(2);
  const third = call(3);
  end.close();
  expect(await Promise.all([first, second, third])).toEqual([
    { value: 1, shared: false },
    { value: 2, shared: true },
    { value: 2, shared: true },
  ]);
});

test('XS-034 the function calls goexit: all five callers end by it', async () => {
  const flights = new singleflight.Group<string, number>();
  const after: number[] = [];
  const gate = chan<never>();
  const callers = Array.from({ length: 5 }, (_, n) =>
    start.local(async () => {
      const { value } = await flights.do('key', async () => {
        await gate.recv();
        return goexit();
      });
      after.push(n, value);
    }),
  );
  gate.close();
  expect(await Promise.all(callers)).toEqual(Array(5).fill(undefined));
  expect(after).toEqual([]);
});
