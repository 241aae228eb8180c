import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { everywhere } from './where.js';

function fill(ch: Chan<number>): void {
  for (let n = 0; n < ch.capacity; n++) expect(ch.trySend(n)).toBe(true);
}

test.each(everywhere)(
  'CH-003 a send parks while there is no room, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    fill(ch);
    const sender = start((to: Chan<number>, last: number) => to.send(last), ch, capacity);
    expect(await isPending(sender)).toBe(true);
    expect(await ch.recv()).toBe(0);
    await sender;
    for (let n = 1; n <= capacity; n++) expect(await ch.recv()).toBe(n);
  },
);

test.each(everywhere)(
  'CH-004 a non-blocking send without room is refused and not queued, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    fill(ch);
    expect(await start((to: Chan<number>) => to.trySend(-1), ch)).toBe(false);
    for (let n = 0; n < capacity; n++) expect(ch.tryRecv()).toEqual({ value: n, done: false });
    expect(ch.tryRecv()).toBe(undefined);
  },
);
