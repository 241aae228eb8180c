import {
  after,
  afterFunc as afterFuncOf,
  atomic,
  Barrier,
  chan,
  Cond,
  context,
  go,
  move,
  Mutex,
  Once,
  onceValue,
  RWMutex,
  select,
  Semaphore,
  SharedMap,
  sleep,
  tick,
  Ticker,
  Timer,
  trySelect,
  WaitGroup,
  type Context,
} from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';
import { describe, expect, test } from 'vitest';

const { afterFunc, background, fromSignal, withCancel, withDeadline, withTimeout } = context;
const { withoutCancel, withValue } = context;

/** What no function here takes. */
const nothing = [undefined, null];
const notNumbers = ['1', true, 1n, {}, [], () => 1, Symbol('s'), new Date()];
const notFunctions = [...nothing, 1, 'fn', true, 1n, {}, [], Symbol('s'), Promise.resolve()];
const notContexts = [...nothing, 1, 'ctx', true, 1n, {}, [], () => 1, Symbol('s'), chan()];
const notKeys = [...nothing, true, {}, [], () => 1, new Date()];
const notSignals = [...nothing, 1, 'signal', {}, new AbortController(), new EventTarget()];
const notCases = [...nothing, 1, 'cases', true, 1n, Symbol('s'), () => 1];

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

/** What is no key of a map. */
function maps(call: Call, method: string): Row[] {
  return [[`SharedMap.${method}(key)`, call, [...nothing, {}, [], () => 1, Symbol('s')], TYPE]];
}

const table: readonly Row[] = [
  ['chan(capacity)', (it) => chan(it), [null, ...notNumbers], TYPE],
  ['chan(capacity)', (it) => chan(it), [-1, 1.5, NaN, Infinity, 2 ** 31], 'ERR_CHAN_CAPACITY'],
  ['SCH-040 go(fn)', (it) => go(it), notFunctions, TYPE],
  ['go.local(fn)', (it) => go.local(it), notFunctions, TYPE],
  ['after(ms)', (it) => after(it), [...nothing, ...notNumbers], TYPE],
  ['after(ms)', (it) => after(it), [NaN], RANGE],
  ['new Timer(ms)', (it) => new Timer(it), [...nothing, ...notNumbers], TYPE],
  ['new Timer(ms)', (it) => new Timer(it), [NaN], RANGE],
  ['Timer.reset(ms)', (it) => new Timer(1).reset(it), [...nothing, ...notNumbers], TYPE],
  ['new Ticker(ms)', (it) => new Ticker(it), [...nothing, ...notNumbers], TYPE],
  ['new Ticker(ms)', (it) => new Ticker(it), [NaN], RANGE],
  ['Ticker.reset(ms)', (it) => new Ticker(1).reset(it), [...nothing, ...notNumbers], TYPE],
  ['tick(ms)', (it) => tick(it), [...nothing, ...notNumbers], TYPE],
  ['afterFunc(ms)', (it) => afterFuncOf(it, () => 1), [...nothing, ...notNumbers], TYPE],
  ['afterFunc(1, fn)', (it) => afterFuncOf(1, it), notFunctions, TYPE],
  ['sleep(ms)', (it) => sleep(it), [...nothing, ...notNumbers], TYPE],
  ['sleep(ms)', (it) => sleep(it), [NaN], RANGE],
  ['sleep(1, ctx)', (it) => sleep(1, it), notContexts.slice(1), TYPE],
  ['move(value)', (it) => move(it), [...nothing, ...notNumbers, [1], new Map()], TYPE],
  ['NumericChan.sending(value)', (it) => chan.int32(1).sending(it), [...nothing, ...notNumbers], TYPE],
  ['NumericChan.sending(value)', (it) => chan.int32(1).sending(it), [NaN, 1.5, 2 ** 31, Infinity], RANGE],
  ['select(cases)', (it) => select(it), notCases, TYPE],
  ['trySelect(cases)', (it) => trySelect(it), notCases, TYPE],
  ['CTX-034 withCancel(parent)', (it) => withCancel(it), notContexts, TYPE],
  ['withTimeout(parent)', (it) => withTimeout(it, 1), notContexts, TYPE],
  ['withTimeout(ms)', (it) => withTimeout(background(), it), [...nothing, ...notNumbers], TYPE],
  ['withTimeout(ms)', (it) => withTimeout(background(), it), [NaN], RANGE],
  ['CTX-034 withDeadline(parent)', (it) => withDeadline(it, 1), notContexts, TYPE],
  ['withDeadline(at)', (it) => withDeadline(background(), it), [...nothing, '1', 1n, {}, []], TYPE],
  ['withDeadline(at)', (it) => withDeadline(background(), it), [NaN, new Date(NaN)], RANGE],
  ['CTX-034 withValue(parent)', (it) => withValue(it, 'k', 1), notContexts, TYPE],
  ['CTX-032 CTX-033 withValue(key)', (it) => withValue(background(), it, 1), notKeys, TYPE],
  ['value(key)', (it) => background().value(it), notKeys, TYPE],
  ['withoutCancel(parent)', (it) => withoutCancel(it), notContexts, TYPE],
  ['afterFunc(ctx)', (it) => afterFunc(it, () => 1), notContexts, TYPE],
  ['afterFunc(fn)', (it) => afterFunc(background(), it), notFunctions, TYPE],
  ['fromSignal(signal)', (it) => fromSignal(it), notSignals, TYPE],
  ['WaitGroup.add(delta)', (it) => new WaitGroup().add(it), [null, ...notNumbers], TYPE],
  ['WaitGroup.add(delta)', (it) => new WaitGroup().add(it), [NaN, 1.5, Infinity, 2 ** 53], RANGE],
  ['WaitGroup.go(fn)', (it) => new WaitGroup().go(it), notFunctions, TYPE],
  ['WaitGroup.wait(ctx)', (it) => new WaitGroup().wait(it), notContexts.slice(1), TYPE],
  ['Mutex.lock(ctx)', (it) => new Mutex().lock(it), notContexts.slice(1), TYPE],
  ['RWMutex.lock(ctx)', (it) => new RWMutex().lock(it), notContexts.slice(1), TYPE],
  ['RWMutex.rlock(ctx)', (it) => new RWMutex().rlock(it), notContexts.slice(1), TYPE],
  ['Once.do(fn)', (it) => new Once().do(it), notFunctions, TYPE],
  ['onceValue(fn)', (it) => onceValue(it), notFunctions, TYPE],
  ['new Cond(mutex)', (it) => new Cond(it), [...notContexts, new RWMutex(), new Semaphore(1)], TYPE],
  ['Cond.wait(ctx)', (it) => new Cond(new Mutex()).wait(it), notContexts.slice(1), TYPE],
  ['new Barrier(parties)', (it) => new Barrier(it), [...nothing, ...notNumbers], TYPE],
  ['new Barrier(parties)', (it) => new Barrier(it), [0, -1, 1.5, NaN, Infinity, 2 ** 32], RANGE],
  ['Barrier.wait(ctx)', (it) => new Barrier(1).wait(it), notContexts.slice(1), TYPE],
  ['new Semaphore(size)', (it) => new Semaphore(it), [...nothing, ...notNumbers], TYPE],
  ['new Semaphore(size)', (it) => new Semaphore(it), [-1, 1.5, NaN, Infinity, 2 ** 53], RANGE],
  ['Semaphore.acquire(n)', (it) => new Semaphore(1).acquire(it), [null, ...notNumbers], TYPE],
  ['Semaphore.acquire(n)', (it) => new Semaphore(1).acquire(it), [-1, 1.5, NaN, Infinity, 2], RANGE],
  ['Semaphore.acquire(1, ctx)', (it) => new Semaphore(1).acquire(1, it), notContexts.slice(1), TYPE],
  ['Semaphore.tryAcquire(n)', (it) => new Semaphore(1).tryAcquire(it), [null, ...notNumbers], TYPE],
  ['Semaphore.tryAcquire(n)', (it) => new Semaphore(1).tryAcquire(it), [-1, 1.5, NaN], RANGE],
  ['Semaphore.release(n)', (it) => new Semaphore(1).release(it), [null, ...notNumbers], TYPE],
  ['Semaphore.release(n)', (it) => new Semaphore(1).release(it), [-1, 1.5, NaN, Infinity], RANGE],
  ['Semaphore.release(n)', (it) => new Semaphore(9).release(it), [1, 2 ** 52], 'ERR_SEMAPHORE_RELEASE'],
  ...atomics('Int32', (it) => new atomic.Int32(it), [null, ...notNumbers], TYPE),
  ...atomics('Int32', (it) => new atomic.Int32(it), [NaN, 1.5, Infinity, 2 ** 31, -(2 ** 31) - 1], RANGE),
  ...atomics('Uint32', (it) => new atomic.Uint32(it), [null, ...notNumbers], TYPE),
  ...atomics('Uint32', (it) => new atomic.Uint32(it), [NaN, 1.5, Infinity, 2 ** 32, -1], RANGE),
  ...atomics('Int64', (it) => new atomic.Int64(it), [null, '1', true, 1, {}, Symbol('s')], TYPE),
  ...atomics('Int64', (it) => new atomic.Int64(it), [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 99n], RANGE),
  ...atomics('Float64', (it) => new atomic.Float64(it), [null, ...notNumbers], TYPE),
  ...atomics('Bool', (it) => new atomic.Bool(it), [null, 1, 'true', 1n, {}], TYPE),
  ...maps((it) => new SharedMap<never, number>().get(it), 'get'),
  ...maps((it) => new SharedMap<never, number>().has(it), 'has'),
  ...maps((it) => new SharedMap<never, number>().set(it, 1), 'set'),
  ...maps((it) => new SharedMap<never, number>().swap(it, 1), 'swap'),
  ...maps((it) => new SharedMap<never, number>().getOrSet(it, 1), 'getOrSet'),
  ...maps((it) => new SharedMap<never, number>().delete(it), 'delete'),
  ...maps((it) => new SharedMap<never, number>().getAndDelete(it), 'getAndDelete'),
  ...maps((it) => new SharedMap<never, number>().update(it, () => 1), 'update'),
  ...maps((it) => new SharedMap<never, number>().compareAndSwap(it, 1, 2), 'compareAndSwap'),
  ...maps((it) => new SharedMap<never, number>().compareAndDelete(it, 1), 'compareAndDelete'),
  ['SharedMap.update(key, fn)', (it) => new SharedMap().update(1, it), notFunctions, TYPE],
  ['SharedMap.update(key, async)', (it) => new SharedMap().update(1, it), [async () => 1], TYPE],
  ['SharedMap.compareAndSwap(key, old)', (it) => new SharedMap().compareAndSwap(1, it, 1), [{}, [], () => 1], TYPE],
  ['SharedMap.set(1, value)', (it) => new SharedMap().set(1, it), [() => 1, Symbol('s'), { a: () => 1 }], 'ERR_DATA_CLONE'],
  ['SharedMap.getOrSet(1, value)', (it) => new SharedMap().getOrSet(1, it), [() => 1], 'ERR_DATA_CLONE'],
  ['GOMAXPROCS(n)', (it) => GOMAXPROCS(it), [null, ...notNumbers], TYPE],
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
