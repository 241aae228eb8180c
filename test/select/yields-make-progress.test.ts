import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere, places } from '../chan/where.js';

test.each(everywhere)(
  'SEL-047 SCH-002 who polls and yields notices a later send, capacity $capacity $place',
  async ({ start, capacity }) => {
    const [ch, answer] = [chan<string>(capacity), chan<string>()];
    const polls = start(async (from: Chan<string>, to: Chan<string>) => {
      const { trySelect } = await import('gosched');
      const { gosched } = await import('gosched/runtime');
      let rounds = 0;
      while (trySelect({ from }) === undefined) {
        // What it waits for is sent when it has polled for a while, not before.
        if (++rounds === 100) await to.send('polling');
        await gosched();
      }
      await to.send('noticed');
      return rounds;
    }, ch, answer);
    expect(await answer.recv()).toBe('polling');
    await ch.send('now');
    expect(await answer.recv()).toBe('noticed');
    expect(await polls).toBeGreaterThanOrEqual(100);
  },
);

test.each(places)(
  'SEL-046 system calls between sends, receives and timers: each sees its timer, $place',
  async ({ start }) => {
    const ch = chan<number>();
    const mixes = async (it: Chan<number>): Promise<string[]> => {
      const { after, select } = await import('gosched');
      const { statSync } = await import('node:fs');
      const seen = new Set<string>();
      const late = after(20);
      while (!seen.has('late')) {
        statSync('.');
        seen.add((await select({ put: it.sending(1), get: it, late })).key);
      }
      return [...seen];
    };
    const ends = await Promise.all([start(mixes, ch), start(mixes, ch)]);
    expect(ends.every((keys) => keys.includes('late'))).toBe(true);
  },
);
