import { after, tick, Ticker, Timer } from 'gosched';
import { expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.js';

const HOUR = 3_600_000;

test.each([
  ['after', () => after(HOUR)],
  ['tick', () => tick(HOUR)],
  ['Timer', () => new Timer(HOUR).c],
  ['Ticker', () => new Ticker(HOUR).c],
] as const)('TIM-036 of 10,000 timers that nobody refers to nothing is left, %s', async (_, make) => {
  const last = (() => {
    for (let n = 1; n < 10_000; n++) make();
    return new WeakRef(make());
  })();
  for (let round = 0; round < 50 && last.deref() !== undefined; round++) await collectGarbage();
  expect(last.deref()).toBe(undefined);
});

test('a timer lives while its channel does', async () => {
  const { c } = new Timer(50);
  for (let round = 0; round < 3; round++) await collectGarbage();
  expect(await c.recv()).toBeTypeOf('number');
});
