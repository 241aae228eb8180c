import { chan, type Chan } from 'gosched';
import { gosched } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.js';
import { seeded } from '../seed.js';
import { everywhere, places } from './where.js';

test.each(everywhere)(
  'CH-040 CH-041 whoever can be served is: never are both sides parked, capacity $capacity $place',
  async ({ start, capacity }) => {
    const random = seeded();
    for (let round = 0; round < 5; round++) {
      const ch = chan<number>(capacity);
      const [senders, receivers] = [random.int(100), random.int(100)];
      const ends = chan<string>(200);
      const send = async (to: Chan<number>, end: Chan<string>): Promise<void> => {
        const done = await to.send(1).then(() => 'sent', () => 'closed');
        await end.send(done);
      };
      const receive = async (from: Chan<number>, end: Chan<string>): Promise<void> => {
        await end.send((await from.next()).done === true ? 'ended' : 'received');
      };
      const order = Array.from({ length: senders + receivers }, (_, n) =>
        n < senders ? send : receive,
      );
      const all = random.shuffle(order).map((fn) => start(fn, ch, ends));
      const received = Math.min(senders, receivers);
      const sent = Math.min(senders, receivers + capacity);
      const count = { sent: 0, received: 0, closed: 0, ended: 0 };
      type End = keyof typeof count;
      for (let n = 0; n < sent + received; n++) count[(await ends.recv()) as End]++;
      expect(count).toEqual({ sent, received, closed: 0, ended: 0 });
      expect(ch.length).toBe(sent - received);
      for (let turn = 0; turn < 20; turn++) await gosched();
      expect(ends.length).toBe(0);
      ch.close();
      await Promise.all(all);
      while (ends.length > 0) count[(await ends.recv()) as End]++;
      expect(count.closed).toBe(senders - sent);
      expect(count.ended).toBe(Math.max(0, receivers - senders));
    }
  },
);

test.each(places)('CH-044 nobody wakes without a partner or a close, $place', async ({ start }) => {
  const PARKED = 50;
  const [empty, full] = [chan<number>(1), chan<number>(1)];
  full.trySend(-1);
  const [ready, ends] = [chan<number>(), chan<string>(4 * PARKED)];
  const receive = async (from: Chan<number>, here: Chan<number>, end: Chan<string>) => {
    const got = from.next();
    await here.send(1);
    await end.send(`got ${(await got).value}`);
  };
  const send = async (to: Chan<number>, here: Chan<number>, end: Chan<string>) => {
    const sent = to.send(7).then(() => 'sent', () => 'closed');
    await here.send(1);
    await end.send(await sent);
  };
  const parked = Array.from({ length: 2 * PARKED }, (_, n) =>
    n % 2 === 0 ? start(receive, empty, ready, ends) : start(send, full, ready, ends),
  );
  for (let n = 0; n < 2 * PARKED; n++) await ready.recv();
  // Others come and go, and garbage is collected.
  const other = chan<number>();
  const echo = start(async (it: Chan<number>) => {
    for await (const n of it) if (n === 200) return;
  }, other);
  for (let n = 0; n <= 200; n++) await other.send(n);
  await echo;
  await collectGarbage();
  expect(ends.length).toBe(0);
  for (let n = 0; n < 10; n++) {
    await empty.send(n);
    expect(await ends.recv()).toBe(`got ${n}`);
    await full.recv();
    expect(await ends.recv()).toBe('sent');
    expect(ends.length).toBe(0);
  }
  empty.close();
  full.close();
  await Promise.all(parked);
  const rest: (string | undefined)[] = [];
  while (ends.length > 0) rest.push(await ends.recv());
  const expected = ['got undefined', 'closed'].flatMap((end) => Array(PARKED - 10).fill(end));
  expect(rest.sort()).toEqual(expected.sort());
});
