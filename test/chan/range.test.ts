import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

test.each(everywhere)(
  'CH-050 range yields what is left of a closed channel, then ends, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const sender = start(async (to: Chan<number>) => {
      for (let n = 0; n < 10; n++) await to.send(n);
      to.close();
    }, ch);
    const seen: number[] = [];
    for await (const value of ch) seen.push(value);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await sender;
  },
);

test.each(everywhere)(
  'CH-051 range over a closed, empty channel does nothing, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    ch.close();
    const rounds = start(async (from: Chan<number>) => {
      let count = 0;
      for await (const _ of from) count++;
      return count;
    }, ch);
    expect(await rounds).toBe(0);
  },
);

test.each(everywhere)(
  'leaving a range early closes nothing and takes nothing more, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const sender = start(async (to: Chan<number>) => {
      for (let n = 0; n < 4; n++) await to.send(n);
    }, ch);
    for await (const value of ch) if (value === 1) break;
    const thrown = (async () => {
      for await (const value of ch) throw new Error(`at ${value}`);
    })();
    await expect(thrown).rejects.toThrow('at 2');
    expect(ch.closed).toBe(false);
    expect(await ch.recv()).toBe(3);
    await sender;
  },
);
