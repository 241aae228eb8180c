import {
  atomic,
  Barrier,
  chan,
  Cond,
  context,
  go,
  move,
  Mutex,
  RWMutex,
  Semaphore,
  SharedMap,
  WaitGroup,
  type Context,
} from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';
import { describe, expect, test } from 'vitest';

const { background, withCancel, withDeadline, withValue } = context;

/** What no function here takes. */
const nothing = [undefined, null];
const notFunctions = [...nothing, 1, 'fn', true, 1n, {}, [], Symbol('s'), Promise.resolve()];
const notContexts = [...nothing, 1, 'ctx', true, 1n, {}, [], () => 1, Symbol('s'), chan()];
const notKeys = [...nothing, true, {}, [], () => 1, new Date()];

type Call = (argument: never) => unknown;
const TYPE = 'ERR_INVALID_ARG_TYPE';
const RANGE = 'ERR_OUT_OF_RANGE';

type Row = readonly [string, Call, readonly unknown[], string];

/** The constructor and each operation of an atomic type. */
function atomics(
  name: string,
  make: (value: never) => object,
  wrong: readonly unknown[],
  code: string,
): Row[] {
  const it = make(undefined as never) as Record<string, (...operands: unknown[]) => unknown>;
  const calls = ['store', 'add', 'sub', 'and', 'or', 'swap'].filter((method) => method in it);
  return [
    [`new atomic.${name}(value)`, make, wrong, code],
    ...calls.map((method): Row => [`${name}.${method}`, (value) => it[method]!(value), wrong, code]),
    [`${name}.compareAndSwap(old)`, (old) => it['compareAndSwap']!(old, it['load']!()), wrong, code],
    [`${name}.compareAndSwap(_, value)`, (value) => it['compareAndSwap']!(it['load']!(), value), wrong, code],
  ];
}

/** What the table of every name does not say: cases of Go's, limits, and values of special kinds. */
const table: readonly Row[] = [
  ['SCH-040 go(fn)', (it) => go(it), notFunctions, TYPE],
  ['move(value)', (it) => move(it), [...nothing, 1, '1', true, 1n, () => 1, [1], new Map()], TYPE],
  ['NumericChan.sending(value)', (it) => chan.int32(1).sending(it), [NaN, 1.5, 2 ** 31, Infinity], RANGE],
  ['CTX-034 withCancel(parent)', (it) => withCancel(it), notContexts, TYPE],
  ['CTX-034 withDeadline(parent)', (it) => withDeadline(it, 1), notContexts, TYPE],
  ['CTX-034 withValue(parent)', (it) => withValue(it, 'k', 1), notContexts, TYPE],
  ['CTX-032 CTX-033 withValue(key)', (it) => withValue(background(), it, 1), notKeys, TYPE],
  ['WaitGroup.add(delta)', (it) => new WaitGroup().add(it), [NaN, 1.5, Infinity, 2 ** 53], RANGE],
  ['new Cond(mutex)', (it) => new Cond(it), [...notContexts, new RWMutex(), new Semaphore(1)], TYPE],
  ['Cond.wait(ctx)', (it) => new Cond(new Mutex()).wait(it), notContexts.slice(1), TYPE],
  ['new Barrier(parties)', (it) => new Barrier(it), [0, -1, 1.5, NaN, Infinity, 2 ** 32], RANGE],
  ['new Semaphore(size)', (it) => new Semaphore(it), [-1, 1.5, NaN, Infinity, 2 ** 53], RANGE],
  ['Semaphore.release(n)', (it) => new Semaphore(9).release(it), [1, 2 ** 52], 'ERR_SEMAPHORE_RELEASE'],
  ...atomics('Int32', (it) => new atomic.Int32(it), [NaN, 1.5, Infinity, 2 ** 31, -(2 ** 31) - 1], RANGE),
  ...atomics('Uint32', (it) => new atomic.Uint32(it), [NaN, 1.5, Infinity, 2 ** 32, -1], RANGE),
  ...atomics('Int64', (it) => new atomic.Int64(it), [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 99n], RANGE),
  ['SharedMap.update(key, fn)', (it) => new SharedMap().update(1, it), notFunctions, TYPE],
  ['SharedMap.update(key, async)', (it) => new SharedMap().update(1, it), [async () => 1], TYPE],
  ['SharedMap.compareAndSwap(key, old)', (it) => new SharedMap().compareAndSwap(1, it, 1), [{}, [], () => 1], TYPE],
  ['SharedMap.set(1, value)', (it) => new SharedMap().set(1, it), [() => 1, Symbol('s'), { a: () => 1 }], 'ERR_DATA_CLONE'],
  ['SharedMap.getOrSet(1, value)', (it) => new SharedMap().getOrSet(1, it), [() => 1], 'ERR_DATA_CLONE'],
  ['SCH-019 GOMAXPROCS(n)', (it) => GOMAXPROCS(it), [-1, 1.5, NaN, 65, 1024, Infinity], RANGE],
];

const rows = table.flatMap(([name, call, wrong, code]) =>
  wrong.map((argument) => [name, argument, call, code] as const),
);

/** The error of a call, thrown or rejected; a call that neither throws nor ends fails the test. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return expect.unreachable('it took the argument');
}

describe('CTX-034 a wrong argument is an error at the call, with a stable code', () => {
  test.each(rows)('%s: %o', async (_, argument, call, code) => {
    const error = await errorOf(() => call(argument as never));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code });
  });
});

test(
  'CTX-020 CTX-055 CTX-056 CTX-057 CTX-058 CTX-059 CTX-066 CTX-067 a foreign context is refused',
  () => {
    const fake: Context = { ...background(), done: () => chan<never>(), err: () => null } as Context;
    expect(() => withCancel(fake)).toThrow(expect.objectContaining({ code: TYPE }));
  },
);
