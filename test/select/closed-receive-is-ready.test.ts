import { chan, select, trySelect, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

test.each(everywhere)(
  'SEL-011 SEL-040 a closed channel gives its items, then ok: false, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    await start(async (to: Chan<number>) => {
      for (let n = 0; n < to.capacity; n++) await to.send(n);
      to.close();
    }, ch);
    for (let n = 0; n < capacity; n++) {
      const got = n % 2 === 0 ? await select({ ch }) : trySelect({ ch });
      expect(got).toEqual({ key: 'ch', value: n, ok: true });
    }
    expect(await select({ ch })).toEqual({ key: 'ch', value: undefined, ok: false });
    expect(trySelect({ ch })).toEqual({ key: 'ch', value: undefined, ok: false });
  },
);

test.each(everywhere)(
  'a parked select wakes with ok: false when its channel is closed, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const other = chan<number>();
    const selected = select({ ch, other });
    await start((it: Chan<number>) => it.close(), ch);
    expect(await selected).toEqual({ key: 'ch', value: undefined, ok: false });
  },
);
