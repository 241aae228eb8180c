import { Canceled, DeadlineExceeded, go, GoPanic } from 'gosched';
import { expect, test } from 'vitest';
import { echoed } from './sent.js';

test.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
  'an error keeps its class, message and stack: %o',
  async (Kind) => {
    const error = new Kind('why');
    const got = (await echoed(go, error)) as Error;
    expect(got).toBeInstanceOf(Kind);
    expect(got.constructor).toBe(Kind);
    expect([got.name, got.message, got.stack]).toEqual([error.name, 'why', error.stack]);
    expect(Object.keys(got)).toEqual([]);
  },
);

test('own fields and a code', async () => {
  const error = Object.assign(new Error('no file'), { code: 'ENOENT', errno: -2, at: new Date(0) });
  const got = await echoed(go, error);
  expect(got).toMatchObject({ code: 'ENOENT', errno: -2, at: new Date(0) });
  expect(Object.keys(got as object)).toEqual(['code', 'errno', 'at']);
});

test('a chain of causes', async () => {
  const error = new Error('a', { cause: new TypeError('b', { cause: { plain: 'c' } }) });
  const got = (await echoed(go, error)) as Error & { cause: Error };
  expect(got.cause).toBeInstanceOf(TypeError);
  expect(got.cause.message).toBe('b');
  expect(got.cause.cause).toEqual({ plain: 'c' });
  expect(Object.keys(got)).toEqual([]);
});

test('in a field of an array', async () => {
  const error = Object.assign(new Error('a'), { code: 'E' });
  error.cause = error; // what the engine's own copy of an error cannot be read back with
  const got = (await echoed(go, Object.assign([1], { error }))) as { error: typeof error };
  expect(got.error).toMatchObject({ message: 'a', code: 'E' });
  expect(got.error.cause).toBe(got.error);
});

test('a class with the name of a method, and a field with the name of its class', async () => {
  const odd = { toString: class extends Error {} };
  Object.defineProperty(odd.toString, 'name', { value: 'toString' });
  expect(await echoed(go, new odd.toString('why'))).toMatchObject({ message: 'why' });
  const error = Object.assign(new TypeError('why'), { constructor: new Error('not this') });
  expect(Object.getPrototypeOf(await echoed(go, error))).toBe(TypeError.prototype);
});

test('AggregateError', async () => {
  const error = new AggregateError([new RangeError('one'), 'two'], 'many');
  const got = (await echoed(go, error)) as AggregateError;
  expect(got).toBeInstanceOf(AggregateError);
  expect(got.message).toBe('many');
  expect(got.errors[0]).toBeInstanceOf(RangeError);
  expect(got.errors[1]).toBe('two');
});

test('errors inside values', async () => {
  const value = { list: [new TypeError('x')], map: new Map([['k', new RangeError('y')]]) };
  const got = (await echoed(go, value)) as typeof value;
  expect(got.list[0]).toBeInstanceOf(TypeError);
  expect(got.map.get('k')).toBeInstanceOf(RangeError);
});

test.each([new Canceled(), new DeadlineExceeded(), new GoPanic('ERR_BAD_HANDLE', 'x')])(
  'errors of the library: %o',
  async (error) => {
    const got = (await echoed(go, error)) as typeof error;
    expect(got.constructor).toBe(error.constructor);
    expect([got.name, got.code, got.message]).toEqual([error.name, error.code, error.message]);
  },
);

test('SCH-042 an error without a stack, with a getter that throws, and with a method', async () => {
  const error = Object.assign(new Error('odd'), { retry: () => 1, fine: 1 });
  Object.defineProperty(error, 'bad', {
    enumerable: true,
    get: () => {
      throw new Error('do not look');
    },
  });
  Object.defineProperty(error, 'stack', { value: undefined });
  expect(await echoed(go, error)).toMatchObject({ message: 'odd', fine: 1 });
});

test('an error that arrives leaves the stacks of others as long as they were', async () => {
  const before = Error.stackTraceLimit;
  const deep = (n: number): unknown => (n === 0 ? echoed(go, new Error('x')) : deep(n - 1));
  const got = (await deep(3)) as Error;
  expect(got.stack).toContain('deep');
  expect(Error.stackTraceLimit).toBe(before);
});

test('an error arrives where stack traces have no length, or one that cannot be set', async () => {
  const seen = await go(async () => {
    const { go: inner } = await import('gosched');
    const fails = (): never => {
      throw new RangeError('why');
    };
    const caught: unknown[] = [];
    for (const limit of [{ value: undefined, writable: true }, { value: 3, writable: false }]) {
      Object.defineProperty(Error, 'stackTraceLimit', { ...limit, configurable: true });
      caught.push(await inner(fails).catch((error) => [error instanceof RangeError, (error as Error).stack]));
      caught.push(Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.value);
    }
    Object.defineProperty(Error, 'stackTraceLimit', { value: 10, writable: true, configurable: true });
    return caught;
  });
  const stack = expect.stringContaining('RangeError: why') as unknown;
  expect(seen).toEqual([[true, stack], undefined, [true, stack], 3]);
});
