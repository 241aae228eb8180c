import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { everywhere } from './where.js';

test.each(everywhere)(
  'CH-001 CH-024 receivers of an empty channel park until a send, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<string>(capacity);
    const plain = start((from: Chan<string>) => from.recv(), ch);
    const commaOk = start((from: Chan<string>) => from.next(), ch);
    expect(await isPending(plain)).toBe(true);
    expect(await isPending(commaOk)).toBe(true);
    await ch.send('same');
    await ch.send('same');
    expect(await plain).toBe('same');
    expect(await commaOk).toEqual({ value: 'same', done: false });
  },
);

test.each(everywhere)(
  'CH-002 a non-blocking receive of an empty channel is refused, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<string>(capacity);
    expect(await start((from: Chan<string>) => from.tryRecv(), ch)).toBe(undefined);
  },
);
