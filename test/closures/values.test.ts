import { chan, go } from 'gosched';
import { expect, test } from 'vitest';

const OFFSET = 10;

test('numbers keep their sign and NaN, arrays their holes', async () => {
  const zero = -0;
  const none = NaN;
  // oxlint-disable-next-line no-sparse-arrays -- the subject
  const holes = [1, , 3];
  const nothing = undefined;
  const nil = null;
  const result = go(() => [
    Object.is(zero, -0),
    Object.is(none, NaN),
    1 in holes,
    nothing === undefined,
    nil,
  ]);
  expect(await result).toEqual([true, true, false, true, null]);
});

test('cycles, and identity across captures and captured functions', async () => {
  const node: { self?: object } = {};
  node.self = node;
  const list = [node];
  const first = () => list[0];
  expect(await go(() => [node.self === node, list[0] === node, first() === node])).toEqual([
    true,
    true,
    true,
  ]);
});

test('errors keep class, fields and cause', async () => {
  const error = Object.assign(new RangeError('out', { cause: new TypeError('why') }), {
    code: 'X',
  });
  const result = go(() => [
    error instanceof RangeError,
    error.message,
    error.code,
    (error.cause as Error).message,
  ]);
  expect(await result).toEqual([true, 'out', 'X', 'why']);
});

test('the error that a catch clause names', async () => {
  let message: PromiseLike<string> | undefined;
  try {
    throw new RangeError('caught');
  } catch (error) {
    message = go(() => (error as Error).message);
  }
  expect(await message).toBe('caught');
});

test('what the language and the runtime provide is found again, not copied', async () => {
  const { max } = Math;
  const math = Math;
  const { slice } = Array.prototype;
  const proto = Array.prototype;
  const M = Map;
  const whole = globalThis;
  const { log } = console;
  const own = process;
  const result = go(() => [
    max === Math.max,
    math === Math,
    slice === Array.prototype.slice,
    proto === Array.prototype,
    new M([[1, 2]]).get(1),
    whole === globalThis,
    log === console.log,
    own === process,
  ]);
  expect(await result).toEqual([true, true, true, true, 2, true, true, true]);
});

test('a variable may have the name of a global, or of something of ours', async () => {
  const process = { pid: 1 };
  const fetch = () => 2;
  const $go_outside = 3;
  const of = 4;
  expect(await go(() => [process.pid, fetch(), $go_outside, of])).toEqual([1, 2, 3, 4]);
});

test('functions are the same function under each of their names', async () => {
  const one = () => OFFSET;
  const alias = one;
  const get = () => alias;
  expect(await go(() => [alias === one, get() === one])).toEqual([true, true]);
});

test('functions with defaults, tags, methods and constructors', async () => {
  const base = 4;
  const defaults = (a = base, { b = a } = {}) => a + b;
  const tag = (strings: TemplateStringsArray, ...values: number[]) => strings.raw[0]! + values[0];
  const { method } = {
    method(x: number) {
      return x + OFFSET;
    },
  };
  expect(await go(() => [defaults(), tag`n${OFFSET}`, method(1)])).toEqual([8, 'n10', 11]);
});

test('what is captured is a copy: later changes are not seen, on either side', async () => {
  const state = { list: [1] };
  const seen = chan<number>(1);
  const go1 = go(async () => {
    state.list.push(2, 3);
    await seen.send(state.list.length);
  });
  state.list.length = 0;
  await go1;
  expect(await seen.recv()).toBe(3);
  expect(state.list).toEqual([]);
});

test('five hundred closures of one place, each with its own value', async () => {
  const started = Array.from({ length: 500 }, (_, n) => go(() => n + OFFSET));
  const results = await Promise.all(started);
  expect(results).toEqual(Array.from({ length: 500 }, (_, n) => n + OFFSET));
});
