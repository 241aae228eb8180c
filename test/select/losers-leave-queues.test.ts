import { chan, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

test.each(everywhere)(
  'SEL-032 a select that won elsewhere does not swallow values, capacity $capacity $place',
  async ({ start, capacity }) => {
    const c1 = chan<number>(capacity);
    const c2 = chan<number>();
    const before = c1.recv();
    const selected = select({ c1, c2 });
    await start((to: Chan<number>) => to.send(2), c2);
    expect(await selected).toEqual({ key: 'c2', value: 2, ok: true });
    const behind = c1.recv();
    await start(async (to: Chan<number>) => {
      await to.send(10);
      await to.send(11);
    }, c1);
    expect([await before, await behind]).toEqual([10, 11]);
  },
);

test.each(everywhere)(
  'SEL-020 a channel in two cases leaves its queue twice, capacity $capacity $place',
  async ({ start, capacity }) => {
    const [c, d, ready] = [chan<number>(capacity), chan<number>(), chan<number>()];
    const selected = start(async (it: Chan<number>, other: Chan<number>, here: Chan<number>) => {
      const gosched = await import('gosched');
      const parked = gosched.select({ once: it, twice: it, other });
      await here.send(1);
      return (await parked).key;
    }, c, d, ready);
    await ready.recv();
    const next = c.recv();
    expect(d.trySend(1)).toBe(true);
    expect(await selected).toBe('other');
    expect(c.trySend(2)).toBe(true);
    expect(await next).toBe(2);
  },
);

test.each(everywhere)(
  'a send case that lost leaves nothing behind, capacity $capacity $place',
  async ({ start, capacity }) => {
    const full = chan<number>(capacity);
    while (full.trySend(1));
    const other = chan<string>();
    const selected = select({ put: full.sending(2), other });
    await start((to: Chan<string>) => to.send('won'), other);
    expect(await selected).toEqual({ key: 'other', value: 'won', ok: true });
    for (let n = 0; n < capacity; n++) expect(full.tryRecv()).toEqual({ value: 1, done: false });
    expect(full.tryRecv()).toBe(undefined);
  },
);

test('a value offered by a losing case stays usable in one isolate', async () => {
  const value = { fn: () => 1 };
  const [winner, loser] = [chan<object>(1), chan<object>()];
  for (let n = 0; n < 100; n++) {
    expect(await select({ loser: loser.sending(value), winner: winner.sending(value) })).toEqual({
      key: 'winner',
    });
    expect(await winner.recv()).toBe(value);
  }
});
