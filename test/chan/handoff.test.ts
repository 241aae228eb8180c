import { chan, type Chan } from 'gosched';
import { gosched } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const parkedReceiver = async (from: Chan<number>, answer: Chan<unknown>): Promise<void> => {
  await answer.send(await from.next());
};

test.each(everywhere.filter(({ capacity }) => capacity > 0))(
  'CH-034 CH-041 a value for a parked receiver skips the buffer, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<string>(capacity);
    const ready = chan<number>();
    const received = start(async (from: Chan<string>, here: Chan<number>) => {
      const got = from.recv();
      await here.send(1);
      return got;
    }, ch, ready);
    await ready.recv();
    expect(ch.trySend('direct')).toBe(true);
    expect(ch.length).toBe(0);
    expect(await received).toBe('direct');
  },
);

test.each(everywhere.filter(({ capacity }) => capacity > 0))(
  'CH-035 a receive from a full channel lets the parked sender in, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const ready = chan<number>();
    for (let n = 0; n < capacity; n++) ch.trySend(n);
    const sent = start(async (to: Chan<number>, here: Chan<number>) => {
      const sending = to.send(to.capacity);
      await here.send(1);
      await sending;
    }, ch, ready);
    await ready.recv();
    expect(ch.tryRecv()).toEqual({ value: 0, done: false });
    expect(ch.length).toBe(capacity);
    await sent;
    for (let n = 1; n <= capacity; n++) expect(await ch.recv()).toBe(n);
  },
);

test.each(everywhere)(
  'CH-059 a non-blocking send reaches a parked receiver, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const answer = chan<unknown>();
    const receiver = start(parkedReceiver, ch, answer);
    while (!ch.trySend(7)) await gosched();
    expect(await answer.recv()).toEqual({ value: 7, done: false });
    await receiver;
  },
);

test.each(everywhere)(
  'CH-060 a non-blocking receive takes a parked or buffered value, capacity $capacity $place',
  async ({ start, capacity }) => {
    const ch = chan<number>(capacity);
    const sender = start((to: Chan<number>) => to.send(7), ch);
    let got = ch.tryRecv();
    for (; got === undefined; got = ch.tryRecv()) await gosched();
    expect(got).toEqual({ value: 7, done: false });
    await sender;
  },
);
