import { go } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)('the result of the function, awaited, $place', async ({ start }) => {
  expect(await start((a: number, b: number) => a + b, 1, 2)).toBe(3);
  expect(await start(async (text: string) => text.toUpperCase(), 'go')).toBe('GO');
  expect(await start(() => undefined)).toBe(undefined);
  expect(await start(() => Promise.resolve(Promise.resolve([1])))).toEqual([1]);
  // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
  const thenable = await start(() => ({ then: (resolve: (n: number) => void) => resolve(9) }));
  expect(thenable).toBe(9);
});

test.each(places)('all kinds of functions, $place', async ({ start }) => {
  const object = {
    method(n: number) {
      return n + 1;
    },
    async later(n: number) {
      return n + 2;
    },
  };
  const factorial = start(function named(n: number): number {
    return n > 1 ? n * named(n - 1) : 1;
  }, 5);
  expect(await factorial).toBe(120);
  expect(await start(object.method, 1)).toBe(2);
  expect(await start(object.later, 1)).toBe(3);
  expect(await start((...all: number[]) => all.length, 1, 2, 3)).toBe(3);
  expect(await start((n: number, { deep }: { deep: number }) => n + deep, 5, { deep: 6 })).toBe(11);
});

test.each(places)('a goroutine has an id, and is a promise for its result, $place', async (at) => {
  const [first, second] = [at.start(() => 1), at.start(() => 2)];
  expect(first.id).toBeGreaterThan(0);
  expect(second.id).toBeGreaterThan(first.id);
  expect(Object.prototype.toString.call(first)).toBe('[object Goroutine]');
  let finished = 0;
  expect(await first.finally(() => finished++)).toBe(1);
  expect(await second.then((n) => n * 10)).toBe(20);
  expect(await Promise.all([first, second])).toEqual([1, 2]);
  const failed = at.start(() => { throw new Error('no'); });
  expect(await failed.catch((error) => (error as Error).message)).toBe('no');
  expect(finished).toBe(1);
});

test('go.local runs later, here, and shares variables', async () => {
  const trace: string[] = [];
  const goroutine = go.local((list: string[]) => {
    trace.push('inside');
    return list;
  }, trace);
  trace.push('after the call');
  expect(await goroutine).toBe(trace);
  expect(trace).toEqual(['after the call', 'inside']);
});

test('go runs in another thread, go.local in this one', async () => {
  const thread = async () => (await import('node:worker_threads')).threadId;
  const here = await thread();
  expect(await go(thread)).not.toBe(here);
  expect(await go.local(thread)).toBe(here);
});
