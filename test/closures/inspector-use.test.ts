import { Session } from 'node:inspector';
import { chan, go } from 'gosched';
import { expect, test, vi } from 'vitest';
import { times } from './fixtures/imported.js';

const limits = { factor: 2 };
const done = chan<number>(64);
let changing = 1;

/** How often the inspector was asked while the goroutines were started, in calls of go(). */
async function questions(start: (n: number) => unknown): Promise<number[]> {
  const post = vi.spyOn(Session.prototype, 'post');
  const counts: number[] = [];
  try {
    for (let n = 0; n < 4; n++) {
      post.mockClear();
      const started = start(n);
      counts.push(post.mock.calls.length);
      await started;
    }
  } finally {
    post.mockRestore();
  }
  return counts;
}

test.each([
  ['nothing', () => go(() => 1 + 1)],
  ['constants of the module', () => go(() => limits.factor)],
  ['imports', () => go(() => times(2))],
  ['functions of the module', () => go(() => double(2))],
  ['a channel of the module', () => go(() => done.send(1))],
])('a closure that captures %s asks the inspector the first time only', async (_what, start) => {
  const [first, ...later] = await questions(start);
  expect(first).toBeGreaterThan(0);
  expect(later).toEqual([0, 0, 0]);
});

test('one that captures variables asks each time: they are others, or changed', async () => {
  const [, ...later] = await questions((n) => go(() => n));
  expect(later).toEqual([3, 3, 3]);
  const results: number[] = [];
  await questions(async () => {
    changing++;
    results.push(await go(() => changing));
  });
  expect(results).toEqual([2, 3, 4, 5]);
});

const pass = (n: number, fn: () => number): [object, () => number] => [{ n }, fn];

test('variables given by name need no inspector, once the place of the function is known', async () => {
  const [first, ...later] = await questions((n) => go.with({ n }, () => n + limits.factor));
  expect(first).toBeGreaterThan(0);
  expect(later).toEqual([0, 0, 0]);
});

test('a function that reaches go.with through something else is known by its place as well', async () => {
  const n = -1;
  const results: number[] = [];
  const [first, ...later] = await questions(async (value) => {
    results.push(await go.with(...pass(value, () => n)));
  });
  expect(first).toBeGreaterThan(0);
  expect(later).toEqual([0, 0, 0]);
  expect(results).toEqual([0, 1, 2, 3]);
});

const isRelease = (method: string): boolean => method === 'Runtime.releaseObjectGroup';

test('what the inspector was asked about it lets go of at the end of the turn', async () => {
  const post = vi.spyOn(Session.prototype, 'post');
  const started = [1, 2, 3].map((n) => go(() => n));
  const released = () => post.mock.calls.filter(([method]) => isRelease(method));
  expect(released()).toHaveLength(0);
  await Promise.all(started);
  expect(released()).toHaveLength(1);
  expect(Object.getOwnPropertyNames(globalThis).filter((name) => name.includes('gosched'))).toEqual([]);
  post.mockRestore();
});

test('in a long turn it holds no more than some functions', () => {
  const post = vi.spyOn(Session.prototype, 'post');
  for (let n = 0; n < 200; n++) void go(() => n);
  const released = post.mock.calls.filter(([method]) => isRelease(method));
  post.mockRestore();
  expect(released.length).toBeGreaterThanOrEqual(2);
});

test('the same function object is captured once, if it captures constants', async () => {
  const same = (): number => double(limits.factor);
  const [first, ...later] = await questions(() => go(same));
  expect(first).toBeGreaterThan(0);
  expect(later).toEqual([0, 0, 0]);
});

test('the debugger, which slows down await, is not left enabled', () => {
  const post = vi.spyOn(Session.prototype, 'post');
  // Only the debugger tells where a function of a new script is.
  expect(() => go(new Function('return nowhere') as () => void)).toThrow(/'nowhere'/);
  const methods = post.mock.calls.map(([method]): string => method);
  post.mockRestore();
  const enabled = methods.filter((method) => method === 'Debugger.enable').length;
  expect(enabled).toBeGreaterThan(0);
  expect(methods.filter((method) => method === 'Debugger.disable')).toHaveLength(enabled);
});

function double(n: number): number {
  return n * limits.factor;
}
