import { chan, type Chan, type RecvChan, type SendChan } from 'gosched';
import { expect, test } from 'vitest';

// Assignments that must not compile are marked: the compiler fails the build where one does.
test('CH-061 CH-062 CH-064 a channel has directions for the type checker', async () => {
  const both: Chan<number> = chan<number>(1);
  const sending: SendChan<number> = both;
  const receiving: RecvChan<number> = both;
  await sending.send(1);
  expect(await receiving.recv()).toBe(1);

  // @ts-expect-error -- CH-062
  const back: Chan<number> = sending;
  // @ts-expect-error -- CH-062
  const again: Chan<number> = receiving;
  // @ts-expect-error -- CH-062
  const other: SendChan<number> = receiving;
  // @ts-expect-error -- CH-064
  expect(sending.recv).toBe(both.recv);
  // @ts-expect-error -- CH-064
  expect(sending[Symbol.asyncIterator]).toBe(both[Symbol.asyncIterator]);
  // @ts-expect-error -- the type of the elements
  sending.trySend('a');
  expect([back, again, other]).toEqual([both, both, both]);
});
