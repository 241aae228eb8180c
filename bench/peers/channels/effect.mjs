// Its queues have room for one at least: that is what stands for an unbuffered channel, to its
// advantage. A select is a race of takes; the one that loses is interrupted.

import { Effect, Queue } from 'effect';

import { channelsOf, parkedOn } from './parked.mjs';

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

const makeNow = () => Effect.runSync(make(0));

export const parked = parkedOn(
  makeNow,
  (gate) => Effect.runPromise(Queue.take(gate)),
  (gates, count) =>
    Effect.runPromise(
      Effect.gen(function* () {
        for (let i = 0; i < count; i++) yield* Queue.offer(gates[i % gates.length], 1);
      }),
    ),
);

export const channels = channelsOf(makeNow);
