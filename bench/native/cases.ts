/** The rows of the suite: which case, of what shape, and who has it. */

import * as expected from './expected.js';

/** How a peer may be run; of several, the fastest counts. bench/native/src/peers names them. */
export type Mode = 'current' | 'multi' | 'threads';
export type Peer = 'tokio' | 'crossbeam' | 'kanal' | 'flume';

export interface Case {
  /** As the programs know it. */
  readonly name: string;
  readonly row: string;
  readonly unit: string;
  /** Nanoseconds, or bytes, in one of that unit. */
  readonly scale: number;
  readonly procs: number;
  /** The size, and another one for `--quick` where a full one takes too long. */
  readonly shape: { readonly full: number; readonly quick?: number };
  /** The number of operations, where it is part of what is measured; else, as fit a round. */
  readonly fixed?: { readonly full: number; readonly quick: number };
  /** The operations come in multiples of this. */
  readonly step: number;
  /** They come in multiples of the size instead. */
  readonly stepsOfSize: boolean;
  /** Whether the case runs before the clock starts. */
  readonly warm: boolean;
  readonly expected: expected.Expected;
  /** Whether it is written in Go. */
  readonly go: boolean;
  readonly peers: Readonly<Partial<Record<Peer, readonly Mode[]>>>;
  /** What was promised beside being ahead of all, in the row's unit. */
  readonly atMost?: number;
}

type Given = Pick<Case, 'name' | 'row' | 'procs' | 'expected'> &
  Partial<Omit<Case, 'shape'>> & { readonly size?: number | Case['shape'] };

const NANOSECONDS = { unit: 'ns/op', scale: 1 };
const MILLISECONDS = { unit: 'ms/op', scale: 1e6 };
const BYTES = { unit: 'bytes/goroutine', scale: 1 };

function row({ size = 1, ...given }: Given): Case {
  return {
    ...NANOSECONDS,
    shape: typeof size === 'number' ? { full: size } : size,
    step: 1,
    stepsOfSize: false,
    warm: true,
    go: true,
    peers: {},
    ...given,
  };
}

/** Tasks on as many threads as there are Ps. With one P, tokio has two schedulers for that. */
function tasks(procs: number): readonly Mode[] {
  return procs === 1 ? ['current', 'multi'] : ['multi'];
}

function ps(procs: number): string {
  return procs === 1 ? 'one P' : 'two Ps';
}

/** What was promised of one P. */
function onOneP(procs: number, atMost: number): { readonly atMost?: number } {
  return procs === 1 ? { atMost } : {};
}

const spawn = [1, 2].flatMap((procs) => [
  row({
    name: 'spawn-join',
    row: `spawn and join, ${ps(procs)}`,
    procs,
    expected: expected.numbers,
    peers: { tokio: tasks(procs) },
    ...onOneP(procs, 200),
  }),
  row({
    name: 'spawn-flood',
    row: `spawn 100,000, then join all, ${ps(procs)}`,
    procs,
    size: 100_000,
    stepsOfSize: true,
    expected: expected.numbersOfEach,
    peers: { tokio: tasks(procs) },
  }),
]);

const yields = [2, 1000].map((size) =>
  row({
    name: 'yield',
    row: `yield, ${size} goroutines, one P`,
    procs: 1,
    size,
    stepsOfSize: true,
    expected: expected.count,
    peers: { tokio: tasks(1) },
  }),
);

const pingPong = [1, 2].map((procs) => {
  // A thread for each end would be two, where there is one P.
  const modes = procs === 1 ? tasks(1) : (['multi', 'threads'] as const);
  return row({
    name: 'ping-pong',
    row: `ping-pong, unbuffered, ${ps(procs)}`,
    procs,
    size: 0,
    expected: expected.numbers,
    peers: {
      kanal: modes,
      flume: modes,
      ...(procs === 1 ? {} : { crossbeam: ['threads'] }),
    },
  });
});

const streams = (['spsc', 'mpsc', 'mpmc'] as const).flatMap((name) =>
  [0, 1, 64, 1024].map((size) =>
    row({
      name,
      row: `${name}, capacity ${size}`,
      procs: 2,
      size,
      step: 4,
      expected: expected.numbers,
      peers: {
        // tokio's channel has one receiver, and a buffer.
        ...(name === 'mpmc' || size === 0 ? {} : { tokio: ['multi'] }),
        crossbeam: ['threads'],
        kanal: ['multi', 'threads'],
        flume: ['multi', 'threads'],
      },
    }),
  ),
);

const handOff = row({
  name: 'spsc',
  row: 'hand-off, unbuffered, one P',
  procs: 1,
  size: 0,
  step: 4,
  expected: expected.numbers,
  peers: { kanal: tasks(1), flume: tasks(1) },
  atMost: 100,
});

const pair = row({
  name: 'pair',
  row: 'send and receive in one goroutine, capacity 64',
  procs: 1,
  size: 64,
  expected: expected.numbers,
  peers: {
    tokio: tasks(1),
    crossbeam: ['threads'],
    kanal: ['threads', ...tasks(1)],
    flume: ['threads', ...tasks(1)],
  },
});

const blockingSelects = [0, 64].flatMap((size) => {
  const buffer = size === 0 ? 'unbuffered' : `capacity ${size}`;
  const peers = {
    ...(size === 0 ? {} : { tokio: ['multi'] as const }),
    crossbeam: ['threads'] as const,
    flume: ['threads'] as const,
  };
  return [
    row({
      name: 'select-2',
      row: `select of 2, two producers, ${buffer}`,
      procs: 2,
      size,
      step: 2,
      expected: expected.twoHalves,
      peers,
    }),
    row({
      name: 'select-8',
      row: `select of 8, one producer, ${buffer}`,
      procs: 2,
      size,
      expected: expected.numbers,
      peers,
    }),
  ];
});

const otherSelects = [
  row({
    name: 'select-default',
    row: 'select of 2, default taken',
    procs: 1,
    expected: expected.count,
    peers: { crossbeam: ['threads'] },
  }),
  row({
    name: 'select-ready',
    row: 'send, then select of 2 with default',
    procs: 1,
    expected: expected.numbers,
    peers: { crossbeam: ['threads'] },
  }),
];

const mutexes = [
  row({
    name: 'mutex',
    row: 'mutex, one goroutine',
    procs: 1,
    expected: expected.count,
    peers: { tokio: tasks(1) },
  }),
  row({
    name: 'mutex-contended',
    row: 'mutex, 4 goroutines, two Ps',
    procs: 2,
    size: 4,
    stepsOfSize: true,
    expected: expected.count,
    peers: { tokio: ['multi'] },
  }),
];

const programs = [
  row({
    name: 'skynet',
    row: 'skynet, per leaf',
    procs: 2,
    size: { full: 1_000_000, quick: 100_000 },
    stepsOfSize: true,
    expected: expected.numbersOfEach,
    peers: { tokio: ['multi'] },
  }),
  row({
    name: 'sieve',
    row: 'prime sieve up to 10,000',
    ...MILLISECONDS,
    procs: 2,
    size: 10_000,
    expected: expected.primes,
    peers: { kanal: ['multi'], flume: ['multi'] },
  }),
  row({
    name: 'merge-sort',
    row: 'parallel merge sort of 262,144, per number',
    procs: 2,
    size: 2 ** 18,
    stepsOfSize: true,
    expected: expected.sortedNumbers,
    peers: { tokio: ['multi'] },
  }),
];

const timers = [
  row({
    name: 'timers-stop',
    row: 'timers: create and stop, 100,000 at once',
    procs: 2,
    size: 100_000,
    stepsOfSize: true,
    expected: expected.count,
    peers: { tokio: ['multi'] },
  }),
  row({
    name: 'timers-fire',
    row: 'timers: create and fire, all pending',
    procs: 2,
    fixed: { full: 1_000_000, quick: 50_000 },
    warm: false,
    expected: expected.count,
  }),
  row({
    name: 'sleepers',
    row: 'sleeping goroutines, all at once',
    procs: 2,
    fixed: { full: 200_000, quick: 50_000 },
    warm: false,
    expected: expected.count,
    peers: { tokio: ['multi'] },
  }),
];

const memory = row({
  name: 'parked-memory',
  row: 'memory of a goroutine parked in a send',
  ...BYTES,
  procs: 2,
  // The least that all have: tokio's channel has a buffer.
  size: 1,
  fixed: { full: 1_000_000, quick: 100_000 },
  warm: false,
  atMost: 400,
  expected: expected.numbers,
  peers: { tokio: ['multi'], kanal: ['multi'], flume: ['multi'] },
});

const scheduler = [
  row({
    name: 'ring',
    row: 'local queue: a ring of 64, one P',
    procs: 1,
    size: 64,
    stepsOfSize: true,
    expected: expected.count,
    peers: { tokio: tasks(1), kanal: tasks(1), flume: tasks(1) },
  }),
  row({
    name: 'outside',
    row: 'global queue: spawned by two other threads, two Ps',
    procs: 2,
    size: 2,
    stepsOfSize: true,
    expected: expected.count,
    go: false,
    peers: { tokio: ['multi'] },
  }),
  row({
    name: 'steal',
    row: 'steal: 128 at a time, two Ps',
    procs: 2,
    size: 128,
    stepsOfSize: true,
    expected: expected.count,
    peers: { tokio: ['multi'] },
  }),
];

export const cases: readonly Case[] = [
  ...spawn,
  ...yields,
  ...pingPong,
  handOff,
  ...streams,
  pair,
  ...blockingSelects,
  ...otherSelects,
  ...mutexes,
  ...programs,
  ...timers,
  ...(process.platform === 'linux' ? [memory] : []),
  ...scheduler,
];
