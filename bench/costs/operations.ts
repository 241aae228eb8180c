/**
 * The hot paths that stay in one isolate, each a loop that does `count` operations, and the loops of plain
 * JavaScript that they are held against. Ours cross into the addon and its channels wherever a program's
 * do; what needs a second thread is left out, because how much it spins depends on the machine.
 */

import { chan, go, select, type Chan } from 'gosched';

/** Numbers that are copied at a time. */
const BLOCK = 1024;

export interface Operation {
  readonly name: string;
  readonly reference: Reference;
  /** How many times the processor time of the reference one operation may take. */
  readonly most: number;
  run(count: number): Promise<void>;
}

/** What V8 alone takes for something of that kind. */
export type Reference = keyof typeof references;

export const references = {
  /** Puts a number into a map and takes it out. */
  async map(count: number): Promise<void> {
    const map = new Map<number, number>();
    let sum = 0;
    for (let i = 0; i < count; i++) {
      map.set(i & 1023, i);
      sum += map.get(i & 1023)!;
      map.delete(i & 1023);
    }
    expect(sum, sumBelow(count));
  },

  /** Awaits a value from an async function. */
  async await(count: number): Promise<void> {
    const same = async (value: number): Promise<number> => value;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += await same(i);
    expect(sum, sumBelow(count));
  },

  /** Copies a number, among 1,024. */
  async copy(count: number): Promise<void> {
    const from = new Float64Array(BLOCK).fill(1);
    const into = new Float64Array(BLOCK);
    let sum = 0;
    const rounds = Math.ceil(count / BLOCK);
    for (let i = 0; i < rounds; i++) {
      into.set(from);
      sum += into.length * into[BLOCK - 1]!;
    }
    expect(sum, rounds * BLOCK);
  },

  /** Writes an object of four fields as JSON, and reads it. */
  async json(count: number): Promise<void> {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const text = JSON.stringify({ id: i, name: 'an item', price: i / 2, isNew: true });
      sum += (JSON.parse(text) as { readonly id: number }).id;
    }
    expect(sum, sumBelow(count));
  },
};

const CAPACITY = 64;

/** A channel that has been given to a goroutine elsewhere, so that values are encoded from then on. */
async function sharedChan<T>(): Promise<Chan<T>> {
  const shared = chan<T>(CAPACITY);
  await go(ignore, shared as Chan<unknown>);
  return shared;
}

export function ignore(_shared: Chan<unknown>): void {}

/** Sends a value and receives it, without waiting. */
async function throughBuffer<T>(
  values: Chan<T>,
  count: number,
  make: (i: number) => T,
  weigh: (value: T) => number,
): Promise<void> {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    values.trySend(make(i));
    sum += weigh(values.tryRecv()!.value as T);
  }
  expect(sum, sumBelow(count));
}

export async function operations(): Promise<readonly Operation[]> {
  const local = chan<number>(CAPACITY);
  const shared = await sharedChan<number>();
  const objects = await sharedChan<{ readonly id: number }>();
  const dates = await sharedChan<Date>();
  const maps = await sharedChan<Map<string, number>>();
  const number = (i: number): number => i;
  return [
    {
      name: 'trySend and tryRecv, a channel of this isolate',
      reference: 'map',
      most: 4,
      run: (count) => throughBuffer(local, count, number, number),
    },
    {
      name: 'trySend and tryRecv, a number through a shared channel',
      reference: 'map',
      most: 4,
      run: (count) => throughBuffer(shared, count, number, number),
    },
    {
      name: 'trySend and tryRecv, an object through a shared channel',
      reference: 'json',
      most: 5,
      run: (count) =>
        throughBuffer(
          objects,
          count,
          (id) => ({ id, name: 'an item', price: id / 2, isNew: true }),
          ({ id }) => id,
        ),
    },
    {
      name: 'trySend and tryRecv, a date through a shared channel',
      reference: 'map',
      most: 8,
      run: (count) =>
        throughBuffer(dates, count, (time) => new Date(time), (date) => date.getTime()),
    },
    {
      name: 'trySend and tryRecv, a map through a shared channel',
      reference: 'json',
      most: 5,
      run: (count) =>
        throughBuffer(maps, count, (id) => new Map([['id', id], ['a', 1]]), (map) => map.get('id')!),
    },
    { name: 'send and for await, capacity 64', reference: 'await', most: 25, run: bufferedStream },
    { name: 'send and receive, each waits', reference: 'await', most: 30, run: unbufferedStream },
    { name: 'select of two, one of them ready', reference: 'await', most: 24, run: readySelect },
    { name: 'go.local, to its result', reference: 'await', most: 30, run: localGoroutines },
    { name: 'numbers in blocks of 1,024, each', reference: 'copy', most: 9, run: blocks },
  ];
}

async function bufferedStream(count: number): Promise<void> {
  const values = chan<number>(CAPACITY);
  void go.local(async () => {
    for (let i = 0; i < count; i++) await values.send(i);
    values.close();
  });
  let sum = 0;
  for await (const value of values) sum += value;
  expect(sum, sumBelow(count));
}

/** One of two that meet has waited, and goes on without mail: `crates/runtime/src/chan/own.rs`. */
async function unbufferedStream(count: number): Promise<void> {
  const values = chan<number>();
  void go.local(async () => {
    for (let i = 0; i < count; i++) await values.send(i);
  });
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (await values.recv())!;
  expect(sum, sumBelow(count));
}

async function readySelect(count: number): Promise<void> {
  const ready = chan<number>(1);
  const never = chan<number>();
  let sum = 0;
  for (let i = 0; i < count; i++) {
    ready.trySend(i);
    sum += (await select({ ready, never })).value!;
  }
  expect(sum, sumBelow(count));
}

async function localGoroutines(count: number): Promise<void> {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += await go.local((n: number) => n, i);
  expect(sum, sumBelow(count));
}

async function blocks(count: number): Promise<void> {
  const numbers = chan.float64(BLOCK);
  const sent = new Float64Array(BLOCK).fill(1);
  const received = new Float64Array(BLOCK);
  let sum = 0;
  const rounds = Math.ceil(count / BLOCK);
  for (let i = 0; i < rounds; i++) {
    numbers.trySendMany(sent);
    sum += numbers.tryRecvInto(received)! * received[BLOCK - 1]!;
  }
  expect(sum, rounds * BLOCK);
}

function sumBelow(count: number): number {
  return (count * (count - 1)) / 2;
}

function expect(sum: number, expected: number): void {
  if (sum !== expected) throw new Error(`the sum is ${sum} instead of ${expected}`);
}
