import { chan } from 'gosched';
import { expect, test } from 'vitest';

test('a method called on something else does nothing to any channel', () => {
  const channels = Array.from({ length: 50 }, () => chan<number>(1));
  const { close, trySend } = channels[1]!;
  for (const call of [() => close.call({} as never), () => trySend.call({} as never, 1)]) {
    try {
      call();
    } catch {
      // As it should.
    }
  }
  expect(channels.filter((ch) => ch.closed || ch.length > 0)).toEqual([]);
});
