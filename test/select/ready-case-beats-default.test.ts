import { chan, trySelect, type Chan } from 'gosched';
import { gosched } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

test.each(everywhere.filter(({ capacity }) => capacity > 0))(
  'SEL-009 SEL-010 room and items are taken, never the default, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const fills = await start(async (to: Chan<number>) => {
      const own = await import('gosched');
      const taken: unknown[] = [];
      for (let n = 0; n < to.capacity; n++) taken.push(own.trySelect({ put: to.sending(n) }));
      return [...taken, own.trySelect({ put: to.sending(-1) })];
    }, ch);
    expect(fills).toEqual([...Array.from({ length: capacity }, () => ({ key: 'put' })), undefined]);
    for (let n = 0; n < capacity; n++) {
      expect(trySelect({ get: ch })).toEqual({ key: 'get', value: n, ok: true });
    }
    expect(trySelect({ get: ch })).toBe(undefined);
  },
);

test.each(everywhere)(
  'CH-059 SEL-030 trySelect sends to a parked receiver, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<string>(capacity);
    const receiver = start((from: Chan<string>) => from.recv(), ch);
    while (trySelect({ put: ch.sending('x') }) === undefined) await gosched();
    expect(await receiver).toBe('x');
  },
);

test.each(everywhere)(
  'CH-060 SEL-029 trySelect receives from a parked sender, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<string>(capacity);
    const sender = start((to: Chan<string>) => to.send('x'), ch);
    let got = trySelect({ get: ch });
    for (; got === undefined; got = trySelect({ get: ch })) await gosched();
    expect(got).toEqual({ key: 'get', value: 'x', ok: true });
    await sender;
  },
);
