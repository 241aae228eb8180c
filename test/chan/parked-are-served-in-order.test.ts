import { chan } from 'gosched';
import { expect, test } from 'vitest';
import { capacities } from './where.js';

test.each(capacities)('CH-036 receivers get values in parking order, capacity %i', async (cap) => {
  const ch = chan<number>(cap);
  const receivers = Array.from({ length: 100 }, () => ch.recv());
  for (let n = 0; n < 100; n++) await ch.send(n);
  expect(await Promise.all(receivers)).toEqual(Array.from({ length: 100 }, (_, n) => n));
});

test.each(capacities)('CH-036 senders are served in parking order, capacity %i', async (cap) => {
  const ch = chan<number>(cap);
  const senders = Array.from({ length: 100 }, (_, n) => ch.send(n));
  for (let n = 0; n < 100; n++) expect(await ch.recv()).toBe(n);
  await Promise.all(senders);
});
