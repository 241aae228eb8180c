/** Values that no program means to pass, and what each kind of parameter says to them. */

import { chan, context, Mutex, Semaphore, Timer, WaitGroup } from 'gosched';

export const TYPE = 'ERR_INVALID_ARG_TYPE';
export const RANGE = 'ERR_OUT_OF_RANGE';

const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

const closed = (): object => {
  const ch = chan(1);
  ch.close();
  return ch;
};

const done = (): object => {
  const { ctx, cancel } = context.withCancel(context.background());
  cancel();
  return ctx;
};

const throws = (): never => {
  throw new Error('looked at');
};

const prototypeOf = (object: object): object => Object.getPrototypeOf(object) as object;

/** By what they are; made anew for each call. */
export const wrongValues: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  NaN: () => NaN,
  '-1': () => -1,
  '1.5': () => 1.5,
  '2 ** 53': () => 2 ** 53,
  '2 ** 31': () => 2 ** 31,
  Infinity: () => Infinity,
  '-Infinity': () => -Infinity,
  'an empty text': () => '',
  'a text': () => '1',
  '1n': () => 1n,
  '-(2n ** 64n)': () => -(2n ** 64n),
  'a symbol': () => Symbol('s'),
  '{}': () => ({}),
  '[]': () => [],
  'an object without prototype': () => Object.create(null),
  'an object that throws when looked at': () => ({
    get constructor() {
      return throws();
    },
    toString: throws,
    [Symbol.toPrimitive]: throws,
  }),
  'a proxy': () => new Proxy({}, {}),
  'a revoked proxy': () => revoked({}),
  'a revoked proxy of a function': () => revoked(() => 1),
  'a function': () => () => 1,
  'an async function': () => async () => 1,
  'a generator function': () => function* () { yield 1; },
  'a class': () => Mutex,
  'a bound function': () => Math.max.bind(null, 1),
  'a date that is none': () => new Date(NaN),
  'a promise': () => Promise.resolve(1),
  'an AbortController': () => new AbortController(),
  'a channel': () => chan(1),
  'a closed channel': closed,
  'a channel of numbers': () => chan.float64(1),
  'a case': () => chan(1).sending(1),
  'a context': () => context.background(),
  'an ended context': done,
  'a mutex': () => new Mutex(),
  'a semaphore': () => new Semaphore(1),
  'a wait group': () => new WaitGroup(),
  'a timer': () => new Timer(0),
  // Look-alikes, as from another copy of the package.
  'what has the prototype of a channel': () => Object.create(prototypeOf(chan(1))),
  'what has the prototype of a context': () => Object.create(prototypeOf(context.background())),
  'what has the prototype of a mutex': () => Object.create(Mutex.prototype),
  'what has the prototype of a case': () => Object.create(prototypeOf(chan(1).sending(1))),
  'what has the prototype of a timer': () => Object.create(Timer.prototype),
  'a forged handle': () => ({ [Symbol.for('gosched.handle')]: 2 ** 20 }),
  'a forged handle that is no number': () => ({ [Symbol.for('gosched.handle')]: 'x' }),
  'a proxy of a channel': () => new Proxy(chan(1), {}),
  'a proxy of a context': () => new Proxy(context.background(), {}),
};

/** A kind of parameter. */
export interface Kind {
  /** What it takes. */
  readonly good: () => unknown;
  /** The code of the error about a value; null if it is taken, so that nothing is called with it. */
  readonly refuses: (value: unknown, what: string) => string | null;
  /** Values that are taken are tried as well: what they end in, if in an error, must have a code. */
  readonly tries?: boolean;
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

function kind(good: () => unknown, refuses: Kind['refuses'], tries = false): Kind {
  return { good, refuses, tries };
}

/** It may be left out. */
export const optional = (of: Kind): Kind => ({
  ...of,
  good: () => undefined,
  refuses: (value, what) => (value === undefined ? null : of.refuses(value, what)),
});

/** Milliseconds; negative ones are 0. */
export const millis = kind(
  () => 1,
  (value) => (!isNumber(value) ? TYPE : Number.isNaN(value) ? RANGE : null),
);

/** The period of a ticker. */
export const period = kind(
  () => 1,
  (value) => {
    if (isNumber(value) && value <= 0) return 'ERR_TICKER_INTERVAL';
    return millis.refuses(value, '');
  },
);

/** A whole number. */
export function whole(good: number, least: number, most: number, code = RANGE): Kind {
  return kind(
    () => good,
    (value) => {
      if (!isNumber(value)) return TYPE;
      return Number.isInteger(value) && value >= least && value <= most ? null : code;
    },
  );
}

/** A whole number of 64 bits. */
export const wholeBig = kind(
  () => 1n,
  (value) => (typeof value !== 'bigint' ? TYPE : value === 1n ? null : RANGE),
);

/** Any number but NaN; or with NaN. */
export const number = (nan: boolean): Kind =>
  kind(
    () => 1,
    (value) => (!isNumber(value) ? TYPE : Number.isNaN(value) && !nan ? RANGE : null),
  );

export const boolean = kind(
  () => true,
  (value) => (typeof value === 'boolean' ? null : TYPE),
);

export const capacity = whole(1, 0, 2 ** 31 - 1, 'ERR_CHAN_CAPACITY');

/** A function that stays in this isolate. */
export const localFn = kind(
  () => () => 1,
  (value) => (typeof value === 'function' ? null : TYPE),
);

/** A function for another isolate: some functions cannot be had there, and `go` says so. */
export const goFn = kind(
  () => (n?: number) => n,
  (value) => (typeof value === 'function' ? null : TYPE),
  true,
);

/** Anything at all. */
export const any = kind(
  () => 1,
  () => null,
  true,
);

const ONLY_CONTEXTS = new Set(['a context', 'an ended context']);

export const ctx = kind(context.background, (_, what) => (ONLY_CONTEXTS.has(what) ? null : TYPE));

/** One of those that are named, and nothing else. */
export function only(good: () => unknown, ...taken: readonly string[]): Kind {
  const set = new Set(taken);
  return kind(good, (_, what) => (set.has(what) ? null : TYPE));
}

/** Options, or nothing. Their fields are rows of their own. */
export const options = kind(
  () => ({}),
  (value, what) => {
    if (value === undefined) return null;
    return typeof value === 'object' && value !== null && what !== 'a revoked proxy' ? null : TYPE;
  },
);
