import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const SENDERS = 50;

test.each(everywhere)(
  'CH-031 CH-032 close fails each parked sender and keeps the buffer, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    for (let n = 0; n < capacity; n++) ch.trySend(n);
    const ready = chan<number>(SENDERS);
    const senders = Array.from({ length: SENDERS }, () =>
      start(
        async (to: Chan<number>, here: Chan<number>) => {
          const sent = to.send(-1);
          sent.catch(() => undefined);
          await here.send(1);
          await sent;
        },
        ch,
        ready,
      ),
    );
    const ends = Promise.allSettled(senders);
    for (let n = 0; n < SENDERS; n++) await ready.recv();
    ch.close();
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: { code: 'ERR_SEND_ON_CLOSED' } });
    }
    const left: number[] = [];
    for await (const value of ch) left.push(value);
    expect(left).toEqual(Array.from({ length: capacity }, (_, n) => n));
  },
);
