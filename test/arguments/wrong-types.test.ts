import {
  after,
  afterFunc as afterFuncOf,
  chan,
  context,
  go,
  select,
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

const table: readonly (readonly [string, Call, readonly unknown[], string])[] = [
  ['chan(capacity)', (it) => chan(it), [null, ...notNumbers], TYPE],
  ['chan(capacity)', (it) => chan(it), [-1, 1.5, NaN, Infinity, 2 ** 31], 'ERR_CHAN_CAPACITY'],
  ['go(fn)', (it) => go(it), notFunctions, TYPE],
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
  ['GOMAXPROCS(n)', (it) => GOMAXPROCS(it), [null, ...notNumbers], TYPE],
  ['GOMAXPROCS(n)', (it) => GOMAXPROCS(it), [-1, 1.5, NaN, 65, Infinity], RANGE],
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

test('what only looks like a context is refused', () => {
  const fake: Context = { ...background(), done: () => chan<never>(), err: () => null } as Context;
  expect(() => withCancel(fake)).toThrow(expect.objectContaining({ code: TYPE }));
});
