/** `broadcast`: one channel to many readers, each of whom gets every value. */

import { chan, isChannel, type Chan, type RecvChan } from '../chan.js';
import { chanFrom, type SourceChan } from '../chan-from.js';
import { argumentError, checkCount } from '../errors.js';
import { select } from '../select.js';

/** Each has a channel of its own, made at once. A guess: more than any program has. */
const MAX_READERS = 10_000;

/** One reader's side. */
interface Reader<T> {
  readonly values: Chan<T>;
  /** Closed when the reader has left. */
  readonly left: Chan<never>;
}

/**
 * Gives every value of `ch` to each of `n` channels. The slowest reader sets the pace, so nothing is
 * lost; one that calls `stop`, or leaves its `for await`, holds up nobody any more. When all have left,
 * no more is taken from `ch`. An error of `ch` reaches all.
 *
 * @param ch where the values come from
 * @param n how many readers, from 1 to 10,000
 * @param capacity how many values a reader may be behind the fastest
 * @throws TypeError `ERR_INVALID_ARG_TYPE` or RangeError `ERR_OUT_OF_RANGE` for `ch` or `n`
 * @throws GoPanic `ERR_CHAN_CAPACITY` for `capacity`
 * @example
 * const [store, alert] = broadcast(entries, 2, 64);
 */
export function broadcast<T>(ch: RecvChan<T>, n: number, capacity = 0): SourceChan<T>[] {
  if (!isChannel(ch)) throw argumentError('ch', 'a channel', ch);
  checkCount('n', n, 1, MAX_READERS);
  const readers = Array.from(
    { length: n },
    (): Reader<T> => ({ values: chan<T>(capacity), left: chan<never>() }),
  );
  const allLeft = chan<never>();
  // At once: a value taken after the last has left would be lost.
  const leave = ({ left }: Reader<T>): void => {
    if (left.closed) return;
    left.close();
    if (readers.every((reader) => reader.left.closed)) allLeft.close();
  };
  const ended = distribute(ch as RecvChan<T>, readers, allLeft);
  ended.catch(() => undefined); // each reader gets it
  return readers.map((reader) => chanFrom(valuesOf(reader, ended, () => leave(reader))));
}

function valuesOf<T>(
  { values, left }: Reader<T>,
  ended: Promise<void>,
  leave: () => void,
): AsyncIterable<T> {
  const end = { value: undefined, done: true } as const;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const got = await select({ value: values as RecvChan<T>, left });
        if (got.key === 'value' && got.ok) return { value: got.value as T, done: false };
        if (got.key === 'value') await ended;
        return end;
      },
      async return() {
        leave();
        return end;
      },
    }),
  };
}

async function distribute<T>(
  ch: RecvChan<T>,
  readers: readonly Reader<T>[],
  allLeft: RecvChan<never>,
): Promise<void> {
  try {
    for (;;) {
      const got = await select({ value: ch, allLeft });
      if (got.key === 'allLeft' || !got.ok) return;
      const value = got.value as T;
      await Promise.all(
        readers.map(({ values, left }) => select({ put: values.sending(value), left })),
      );
    }
  } finally {
    for (const { values } of readers) values.close();
  }
}
