// Its queues have room for one at least: that is what stands for an unbuffered channel, to its
// advantage. A select is a race of takes; the one that loses is interrupted.

import { Effect, Queue } from 'effect';

import { checkCount, endOf, parkAll } from './parked.mjs';

const make = (capacity) => Queue.bounded(Math.max(1, capacity));

export function stream(capacity, count) {
  const program = Effect.gen(function* () {
    const queue = yield* make(capacity);
    yield* Effect.forkChild(
      Effect.gen(function* () {
        for (let i = 0; i < count; i++) yield* Queue.offer(queue, i);
      }),
    );
    let sum = 0;
    for (let i = 0; i < count; i++) sum += yield* Queue.take(queue);
    return sum;
  });
  return Effect.runPromise(program);
}

export function pingPong(count) {
  const program = Effect.gen(function* () {
    const requests = yield* make(0);
    const replies = yield* make(0);
    yield* Effect.forkChild(
      Effect.gen(function* () {
        for (let i = 0; i < count; i++) {
          yield* Queue.offer(replies, (yield* Queue.take(requests)) + 1);
        }
      }),
    );
    let sum = 0;
    for (let i = 0; i < count; i++) {
      yield* Queue.offer(requests, i);
      sum += yield* Queue.take(replies);
    }
    return sum;
  });
  return Effect.runPromise(program);
}

export function selectOfTwo(count) {
  const program = Effect.gen(function* () {
    const queues = [yield* make(0), yield* make(0)];
    for (const queue of queues) {
      yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let i = 0; i < count / 2; i++) yield* Queue.offer(queue, i);
        }),
      );
    }
    let sum = 0;
    const next = Effect.raceFirst(Queue.take(queues[0]), Queue.take(queues[1]));
    for (let i = 0; i < count; i++) sum += yield* next;
    return sum;
  });
  return Effect.runPromise(program);
}

/** So many that wait to receive; what is returned ends them. */
export async function parked(count) {
  const park = (gate) => Effect.runPromise(Queue.take(gate));
  const { gates, all } = parkAll(count, () => Effect.runSync(make(0)), park);
  await new Promise((resolve) => setTimeout(resolve));
  return async () => {
    const wake = Effect.gen(function* () {
      for (let i = 0; i < count; i++) yield* Queue.offer(gates[i % gates.length], 1);
    });
    await Effect.runPromise(wake);
    await endOf(all, count);
  };
}

/** So many channels; what is returned says that they are there. */
export async function channels(count) {
  const all = Array.from({ length: count }, () => Effect.runSync(make(0)));
  return () => checkCount(all.filter(Boolean).length, count);
}
