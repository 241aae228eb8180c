/** Every public name with what it takes. `test/arguments/wrong-types.test.ts` tries all else. */

import {
  afterFunc,
  atomic,
  Barrier,
  Breaker,
  broadcast,
  chan,
  Cond,
  context,
  ErrGroup,
  errgroup,
  go,
  Guard,
  move,
  Mutex,
  Once,
  onceValue,
  pipeline,
  pool,
  rate,
  RWMutex,
  select,
  Semaphore,
  SendCase,
  SharedMap,
  singleflight,
  sleep,
  tick,
  Ticker,
  Timer,
  trySelect,
  WaitGroup,
  after,
} from 'gosched';
import {
  dump,
  GOMAXPROCS,
  goexit,
  gosched,
  numGoroutine,
  onDeadlock,
  shutdown,
  start,
  stop,
} from 'gosched/runtime';
import { findLeaks, ignoreCurrent, verifyNoLeaks } from 'gosched/testing';
import {
  any,
  boolean,
  capacity,
  ctx,
  goFn,
  localFn,
  millis,
  number,
  only,
  optional,
  options,
  period,
  RANGE,
  TYPE,
  whole,
  wholeBig,
  type Kind,
} from './wrong-values.js';

/** What a callable takes, and how it is called. Without parameters there is nothing to get wrong. */
export interface Row {
  readonly params: readonly Kind[];
  readonly call: (...args: never[]) => unknown;
}

type Method = (...args: never[]) => unknown;

function fn(call: Method, ...params: Kind[]): Row {
  return { params, call };
}

/** Methods of one type, each called on a new object. */
function methods(
  type: string,
  make: () => object,
  own: Readonly<Record<string, readonly Kind[]>>,
): Record<string, Row> {
  const rows = Object.entries(own).map(([method, params]): [string, Row] => {
    const call = (...args: never[]) => (make() as Record<string, Method>)[method]!(...args);
    return [`${type}.${method}`, { params, call }];
  });
  return Object.fromEntries(rows);
}

/** Fields of the last argument, each by itself. */
function fields(
  name: string,
  call: (options: never) => unknown,
  kinds: Readonly<Record<string, Kind>>,
): Record<string, Row> {
  const rows = Object.entries(kinds).map(([field, kind]): [string, Row] => {
    return [`${name} {${field}}`, fn((value) => call({ [field]: value } as never), optional(kind))];
  });
  return Object.fromEntries(rows);
}

const { background } = context;
const optionalCtx = optional(ctx);
const weight = optional(whole(1, 0, 1));
/** Refused before anything is looked at: the tests run on the main thread. */
const onMain: Kind = { good: () => undefined, refuses: () => 'ERR_SYNC_ON_MAIN' };
const numbers = optional(capacity);
const none: readonly Kind[] = [];
const key: Kind = {
  good: () => 'k',
  refuses: (value) => (['string', 'number', 'bigint', 'boolean'].includes(typeof value) ? null : TYPE),
};
const contextKey: Kind = {
  good: () => 'k',
  refuses: (value) => (['string', 'number', 'bigint', 'symbol'].includes(typeof value) ? null : TYPE),
};
const float64s: Kind = only(() => Float64Array.of(1));
const source: Kind = only(() => [1], '[]', 'a text', 'an empty text', 'a channel', 'a closed channel',
  'a channel of numbers');
const sendable: Kind = only(() => chan(1), 'a channel', 'a closed channel', 'a channel of numbers');
const received: Kind = only(() => chan(1), 'a channel', 'a closed channel');
// No case at all is Go's `select {}`; a symbol names none.
const cases: Kind = only(
  () => ({ a: chan(1) }),
  '{}', '[]', 'an object without prototype', 'a proxy', 'an object that throws when looked at',
  'a forged handle', 'a forged handle that is no number',
);
const oneCase: Kind = only(
  () => null,
  'undefined', 'null', 'a channel', 'a closed channel', 'a channel of numbers', 'a case',
);
const weightOnMain: Kind = {
  good: () => 1,
  refuses: (value) => optional(whole(1, 0, 2 ** 53 - 1)).refuses(value, '') ?? 'ERR_SYNC_ON_MAIN',
};
const withinBurst: Kind = {
  good: () => 1,
  refuses: (value) => {
    const wrong = optional(whole(1, 0, 2 ** 53)).refuses(value, '');
    return wrong ?? (typeof value === 'number' && value > 1 ? 'ERR_RATE_EXCEEDED' : null);
  },
};
const delta: Kind = {
  good: () => 1,
  refuses: (value) => {
    if (value === -1) return 'ERR_NEGATIVE_WAITGROUP';
    return optional(whole(1, 0, 2 ** 31)).refuses(value, '');
  },
};
const anyNumberOf = (kind: Kind): Kind => ({
  ...kind,
  refuses: (value, what) => (value === Infinity ? null : kind.refuses(value, what)),
});
const captures: Kind = {
  good: () => ({}),
  refuses: (value, what) => (value === undefined ? TYPE : options.refuses(value, what)),
};
const local = () => new ErrGroup();
const limited = () => new rate.Limiter(1, 1);

function atomics(type: string, make: (value?: never) => object, value: Kind, rest: string[]): Record<string, Row> {
  const more = Object.fromEntries(rest.map((method) => [method, [value]]));
  return {
    [`new ${type}`]: fn(make, optional(value)),
    ...methods(type, make, { load: none, store: [value], swap: [value], compareAndSwap: [value, value], ...more }),
  };
}

const int32 = whole(1, -(2 ** 31), 2 ** 31 - 1);
const uint32 = whole(1, 0, 2 ** 32 - 1);
const arithmetic = ['add', 'sub', 'and', 'or'];

export const rows: Readonly<Record<string, Row>> = {
  // Goroutines
  go: fn(go, goFn, any),
  'go.local': fn(go.local, localFn, any),
  'go.with': fn(go.with, captures, goFn, any),
  'go.with {n}': fn((n) => go.with({ n }, () => n), any),

  // Channels
  chan: fn(chan, optional(capacity)),
  'chan.from': fn(chan.from, source, optional(capacity)),
  'chan.merge': fn(chan.merge, received, received),
  ...Object.fromEntries(
    (['float64', 'float32', 'int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8'] as const).map(
      (name): [string, Row] => [`chan.${name}`, fn(chan[name], numbers)],
    ),
  ),
  ...methods('Chan', () => chan(1), {
    send: [any], trySend: [any], sendSync: [any], sending: [any], recv: none, recvSync: none, next: none,
    tryRecv: none, close: none, toReadable: none, toWeb: none,
  }),
  ...methods('NumericChan', () => chan.float64(1), {
    send: [number(true)], trySend: [number(true)], sending: [number(true)], sendMany: [float64s], trySendMany: [float64s],
    recv: none, next: none, tryRecv: none, recvInto: [float64s], tryRecvInto: [float64s], close: none,
  }),
  ...methods('SourceChan', () => chan.from([]), {
    recv: none, recvSync: none, next: none, tryRecv: none, toReadable: none, toWeb: none, stop: none,
    send: [any], trySend: [any], sendSync: [any], sending: [any], close: none,
  }),
  'new SendCase': fn((ch, value) => trySelect({ a: new SendCase(ch, value) }), sendable, any),

  // Select
  select: fn((it) => select(it), cases),
  'select {a}': fn((a) => select({ a, ready: after(0) }), oneCase),
  trySelect: fn((it) => trySelect(it), cases),
  'trySelect {a}': fn((a) => trySelect({ a }), oneCase),

  // Time
  after: fn(after, millis),
  afterFunc: fn(afterFunc, millis, localFn),
  sleep: fn(sleep, millis, optionalCtx),
  tick: fn(tick, period),
  'new Ticker': fn((ms) => new Ticker(ms), period),
  ...methods('Ticker', () => new Ticker(1000), { reset: [period], stop: none }),
  'new Timer': fn((ms) => new Timer(ms), millis),
  ...methods('Timer', () => new Timer(1000), { reset: [millis], stop: none }),
  ...methods('Call', () => afterFunc(1000, () => 1), { reset: [millis], stop: none }),

  // Contexts
  'context.background': fn(background),
  'context.todo': fn(context.todo),
  'context.withCancel': fn(context.withCancel, ctx),
  'context.withTimeout': fn(context.withTimeout, ctx, millis, any),
  'context.withDeadline': fn(
    context.withDeadline,
    ctx,
    {
      good: () => Date.now() + 1000,
      refuses: (value, what) => {
        if (what === 'a date that is none') return RANGE;
        return typeof value !== 'number' ? TYPE : Number.isNaN(value) ? RANGE : null;
      },
    },
    any,
  ),
  'context.withValue': fn(context.withValue, ctx, contextKey, any),
  'context.withoutCancel': fn(context.withoutCancel, ctx),
  'context.afterFunc': fn(context.afterFunc, ctx, localFn),
  'context.fromSignal': fn(context.fromSignal, only(() => new AbortController().signal)),
  ...methods('Context', background, {
    done: none, err: none, cause: none, deadline: none, value: [contextKey], throwIfDone: none,
    toString: none,
  }),
  ...methods('CancelableContext', () => context.withCancel(background()), { cancel: [any] }),

  // Locks and counters
  'new Mutex': fn(() => new Mutex()),
  ...methods('Mutex', () => new Mutex(), {
    lock: [optionalCtx], lockSync: [onMain], tryLock: none, unlock: none,
  }),
  'new RWMutex': fn(() => new RWMutex()),
  ...methods('RWMutex', () => new RWMutex(), {
    lock: [optionalCtx], rlock: [optionalCtx], lockSync: [onMain], rlockSync: [onMain],
    tryLock: none, tryRLock: none, unlock: none, runlock: none, rlocker: none,
  }),
  ...methods('Locker', () => new RWMutex().rlocker(), { lock: [optionalCtx], unlock: none }),
  // Made by `lock`; the constructor is internal.
  'new Guard': fn(() => new Guard(() => undefined)),
  ...methods('Guard', () => new Guard(() => undefined), { unlock: none }),
  'new WaitGroup': fn(() => new WaitGroup()),
  ...methods('WaitGroup', () => new WaitGroup(), {
    add: [delta], done: none, go: [goFn, any], wait: [optionalCtx], waitSync: [onMain],
  }),
  'new Once': fn(() => new Once()),
  ...methods('Once', () => new Once(), { do: [localFn] }),
  onceValue: fn(onceValue, localFn),
  'new Cond': fn((mutex) => new Cond(mutex), only(() => new Mutex(), 'a mutex')),
  ...methods('Cond', () => new Cond(new Mutex()), {
    wait: [optionalCtx], waitSync: [onMain], signal: none, broadcast: none,
  }),
  'new Barrier': fn((parties) => new Barrier(parties), whole(1, 1, 2 ** 31)),
  ...methods('Barrier', () => new Barrier(1), { wait: [optionalCtx], waitSync: [onMain] }),
  'new Semaphore': fn((size) => new Semaphore(size), whole(1, 0, 2 ** 53 - 1)),
  ...methods('Semaphore', () => new Semaphore(1), {
    acquire: [weight, optionalCtx], acquireSync: [weightOnMain, onMain],
    tryAcquire: [optional(whole(1, 0, 2 ** 53 - 1))], release: none,
  }),
  'Semaphore.release {n}': fn((n) => new Semaphore(1).release(n), optional(whole(0, 0, 2 ** 53 - 1))),
  ...atomics('Int32', (value) => new atomic.Int32(value), int32, arithmetic),
  ...atomics('Uint32', (value) => new atomic.Uint32(value), uint32, arithmetic),
  ...atomics('Int64', (value) => new atomic.Int64(value), wholeBig, arithmetic),
  ...atomics('Float64', (value) => new atomic.Float64(value), number(true), ['add', 'sub']),
  ...atomics('Bool', (value) => new atomic.Bool(value), boolean, []),
  'new SharedMap': fn(() => new SharedMap()),
  ...methods('SharedMap', () => new SharedMap(), {
    get: [key], has: [key], set: [key, any], swap: [key, any], getOrSet: [key, any], delete: [key],
    getAndDelete: [key], update: [key, localFn], clear: none, entries: none, keys: none, values: none,
    compareAndSwap: [key, any, any], compareAndDelete: [key, any],
  }),

  // Groups, pools, limits
  'new ErrGroup': fn(() => new ErrGroup()),
  ...methods('ErrGroup', local, {
    go: [goFn, any], local: [localFn, any], tryGo: [goFn, any], tryLocal: [localFn, any], wait: none,
    // Negative, or Infinity: no limit.
    setLimit: [anyNumberOf(whole(1, -1, 2 ** 53))],
  }),
  'errgroup.withContext': fn(errgroup.withContext, ctx),
  'new Group': fn(() => new singleflight.Group()),
  ...methods('Group', () => new singleflight.Group(), {
    do: [any, localFn], doChan: [any, localFn], forget: [any],
  }),
  pool: fn((size, work, it) => pool(size, work, it), anyNumberOf(whole(1, 1, 2 ** 53)), goFn, options),
  ...fields('pool', (it) => pool(1, () => 1, it), {
    queue: anyNumberOf(whole(1, 0, 2 ** 53)), local: boolean,
  }),
  ...methods('Pool', () => pool(1, () => 1, { local: true }), {
    submit: [any], trySubmit: [any], submitWith: [ctx, any], close: none,
  }),
  pipeline: fn(pipeline, source),
  ...methods('Pipeline', () => pipeline([]), {
    map: [goFn, options], filter: [goFn, options], batch: [whole(1, 1, 2 ** 53), options],
    reduce: [localFn, { ...any, tries: false }], forEach: [localFn], toArray: none,
  }),
  ...fields('Pipeline.map', (it) => pipeline([]).map(() => 1, it), {
    parallelism: whole(1, 1, 2 ** 53), ordered: boolean, local: boolean,
  }),
  ...fields('Pipeline.batch', (it) => pipeline([]).batch(1, it), { maxWait: millis }),
  broadcast: fn(broadcast, received, whole(1, 1, 10_000), optional(capacity)),
  'rate.every': fn(rate.every, millis),
  'new Limiter': fn((limit, burst, it) => new rate.Limiter(limit, burst, it),
    number(false), whole(1, 0, 2 ** 53), options),
  ...fields('new Limiter', (it) => new rate.Limiter(1, 1, it), { now: localFn }),
  ...methods('Limiter', limited, {
    setLimit: [number(false)], setBurst: [whole(1, 0, 2 ** 53)], allow: [optional(whole(1, 0, 2 ** 53))],
    reserve: [optional(whole(1, 0, 2 ** 53))], wait: [optionalCtx, withinBurst],
  }),
  ...methods('Reservation', () => limited().reserve(), { delay: none, cancel: none }),
  'new Sometimes': fn((it) => new rate.Sometimes(it), options),
  ...fields('new Sometimes', (it) => new rate.Sometimes(it), {
    // As in Go, 0 and less are not set.
    first: number(false), every: number(false), interval: millis, now: localFn,
  }),
  ...methods('Sometimes', () => new rate.Sometimes(), { do: [localFn] }),
  'new Breaker': fn((it) => new Breaker(it), options),
  ...fields('new Breaker', (it) => new Breaker(it), {
    name: only(() => 'b', 'a text', 'an empty text'), maxRequests: whole(1, 0, 2 ** 53),
    interval: millis, bucketPeriod: millis, timeout: millis, readyToTrip: localFn, onStateChange: localFn,
    isSuccessful: localFn, isExcluded: localFn, now: localFn,
  }),
  ...methods('Breaker', () => new Breaker(), { execute: [localFn], allow: none }),
  'Breaker.allow {report}': fn((error) => new Breaker().allow()(error), any),

  // The runtime
  GOMAXPROCS: fn(GOMAXPROCS, optional(whole(1, 1, 64))),
  numGoroutine: fn(numGoroutine),
  gosched: fn(gosched),
  goexit: fn(goexit),
  start: fn((it) => start(it), options),
  ...fields('start', (it) => start(it), { idleTime: millis, shutdown: options }),
  shutdown: fn((it) => shutdown(it), options),
  ...fields('shutdown', (it) => shutdown(it), { grace: millis }),
  stop: fn((g, it) => stop(g, it), only(() => go.local(() => 1)), options),
  ...fields('stop', (it) => stop(go.local(() => 1), it), { grace: millis, kill: boolean }),
  move: fn(move, only(() => Float64Array.of(1))),
  dump: fn((it) => dump(it), options),
  ...fields('dump', (it) => dump(it), { debug: whole(1, 1, 2) }),
  onDeadlock: fn((it) => {
    onDeadlock(it);
    onDeadlock('exit');
  }, localFn),

  // Testing
  ignoreCurrent: fn(ignoreCurrent),
  findLeaks: fn((it) => findLeaks(it), options),
  ...fields('findLeaks', (it) => findLeaks(it), {
    maxRetries: whole(1, 0, 1_000_000), maxSleep: millis, ignore: only(ignoreCurrent),
    ignoreFunctions: only(() => [], '[]'),
  }),
  verifyNoLeaks: fn((it) => verifyNoLeaks(it), options),
  ...fields('verifyNoLeaks', (it) => verifyNoLeaks(it), {
    maxRetries: whole(1, 0, 1_000_000), maxSleep: millis,
  }),
};
