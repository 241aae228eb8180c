import { chan, select, trySelect, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

const panic = { name: 'GoPanic', code: 'ERR_SEND_ON_CLOSED', message: 'send on closed channel' };

test.each(everywhere)(
  'SEL-012 a send case of a closed channel panics, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    await start((it: Chan<number>) => it.close(), ch);
    await expect(select({ put: ch.sending(1) })).rejects.toMatchObject(panic);
    await expect(select({ off: null, put: ch.sending(1) })).rejects.toMatchObject(panic);
    expect(() => trySelect({ put: ch.sending(1) })).toThrow(expect.objectContaining(panic));
  },
);

test.each(everywhere)(
  'SEL-042 a parked send case panics when its channel is closed, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const other = chan<number>();
    while (ch.trySend(1));
    const selected = select({ put: ch.sending(2), other });
    const failed = selected.catch((error: unknown) => error);
    await start((it: Chan<number>) => it.close(), ch);
    expect(await failed).toMatchObject(panic);
    // The other case was taken back.
    expect(other.trySend(1)).toBe(false);
  },
);
