import { chan, GoPanic, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const panic = { name: 'GoPanic', code: 'ERR_SEND_ON_CLOSED', message: 'send on closed channel' };

test.each(everywhere)(
  'CH-023 a send on a closed channel panics, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    ch.close();
    const sent = start((to: Chan<number>) => to.send(1), ch);
    await expect(sent).rejects.toMatchObject(panic);
    await expect(sent).rejects.toBeInstanceOf(GoPanic);
    await expect(start((to: Chan<number>) => to.trySend(1), ch)).rejects.toMatchObject(panic);
    expect(ch.length).toBe(0);
  },
);

test.each(everywhere.filter(({ capacity }) => capacity > 0))(
  'CH-042 a closed channel is never reported as merely full, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    while (ch.trySend(1));
    ch.close();
    await expect(start((to: Chan<number>) => to.trySend(1), ch)).rejects.toMatchObject(panic);
    await expect(start((to: Chan<number>) => to.send(1), ch)).rejects.toMatchObject(panic);
    expect(ch.length).toBe(capacity);
  },
);
