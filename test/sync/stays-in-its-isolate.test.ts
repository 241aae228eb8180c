import { chan, go } from 'gosched';
import { Breaker, ErrGroup, pipeline, pool, rate, singleflight } from 'gosched/sync';
import { expect, test } from 'vitest';

const made: readonly (readonly [string, object])[] = [
  ['ErrGroup', new ErrGroup()],
  ['Group', new singleflight.Group<string, number>()],
  ['Limiter', new rate.Limiter(1, 1)],
  ['Sometimes', new rate.Sometimes()],
  ['Breaker', new Breaker()],
  ['Workers', pool(1, () => 1)],
  ['Stages', pipeline([])],
];

test.each(made)('a %s cannot be passed to another isolate, and says so', async (name, it) => {
  const refused = expect.objectContaining({
    code: 'ERR_DATA_CLONE',
    message: expect.stringContaining(name),
  });
  const ch = chan<unknown>(4);
  await go((channel) => channel.capacity, ch);
  await expect(ch.send(it)).rejects.toEqual(refused);
  await expect(ch.send({ deep: [it] })).rejects.toEqual(refused);
  expect(ch.length).toBe(0);
});

test.each(made)('within its isolate a %s goes anywhere', async (_, it) => {
  const ch = chan<object>(1);
  await ch.send(it);
  expect(await ch.recv()).toBe(it);
  expect(await go.local((same: object) => same, it)).toBe(it);
});
