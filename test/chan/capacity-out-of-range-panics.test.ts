import { chan, GoPanic } from 'gosched';
import { expect, test } from 'vitest';

test.each([-1, -0.5, 1.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 53])(
  'CH-027 a capacity of %s panics',
  (capacity) => {
    expect(() => chan(capacity)).toThrow(GoPanic);
    expect(() => chan(capacity)).toThrow(
      expect.objectContaining({
        code: 'ERR_CHAN_CAPACITY',
        message: expect.stringContaining('makechan: size out of range'),
      }),
    );
  },
);

test.each(['3', null, true, 3n, {}, [], Symbol('three')])(
  'a capacity that is no number is a TypeError: %o',
  (capacity) => {
    expect(() => chan(capacity as number)).toThrow(TypeError);
    expect(() => chan(capacity as number)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    );
  },
);

test('a capacity of -0 or undefined makes an unbuffered channel', () => {
  expect(chan(-0).capacity).toBe(0);
  expect(chan(undefined).capacity).toBe(0);
});
