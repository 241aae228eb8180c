import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

const VALUES = 2000;

test.each(everywhere)(
  'SEL-022 a value offered to four channels arrives once, capacity $capacity $place',
  async ({ start, capacity }) => {
    const outs = Array.from({ length: 4 }, () => chan<number>(capacity));
    const merged = chan<number>(capacity);
    const sender = start(
      async (channels: Chan<number>[], count: number) => {
        const { select } = await import('gosched');
        for (let n = 0; n < count; n++) {
          await select(Object.fromEntries(channels.map((ch, i) => [`c${i}`, ch.sending(n)])));
        }
        for (const ch of channels) ch.close();
      },
      outs,
      VALUES,
    );
    const forwarders = outs.map((from) =>
      start(
        async (source: Chan<number>, to: Chan<number>) => {
          for await (const value of source) await to.send(value);
        },
        from,
        merged,
      ),
    );
    const ended = Promise.all(forwarders).then(() => merged.close());
    const seen: number[] = [];
    for await (const value of merged) seen.push(value);
    await ended;
    await sender;
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: VALUES }, (_, n) => n));
  },
);

test.each(everywhere)(
  'SEL-043 two race for one parked select: the other value stays, capacity $capacity $place',
  async ({ start, capacity }) => {
    const { select } = await import('gosched');
    for (let round = 0; round < 50; round++) {
      const [a, b] = [chan<string>(capacity), chan<string>(capacity)];
      const selected = select({ a, b });
      const senders = [start((to) => to.send('a'), a), start((to) => to.send('b'), b)];
      const first = await selected;
      const rest = first.key === 'a' ? b : a;
      expect(first).toEqual({ key: first.key, value: first.key, ok: true });
      expect(await rest.recv()).toBe(first.key === 'a' ? 'b' : 'a');
      await Promise.all(senders);
    }
  },
);
