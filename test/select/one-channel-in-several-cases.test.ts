import { chan, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';

test.each(places)('three receive cases of one channel take one value, $place', async ({ start }) => {
  const [ch, parked] = [chan<number>(), chan<boolean>(1)];
  const selected = start(async (it: Chan<number>, here: Chan<boolean>) => {
    const { select: selectThere } = await import('gosched');
    const result = selectThere({ a: it, b: it, c: it });
    await here.send(true);
    return result;
  }, ch, parked);
  await parked.recv();
  await ch.send(1);
  expect(await selected).toMatchObject({ value: 1, ok: true });
  expect(ch.trySend(2)).toBe(false); // nobody waits any more
});

test.each(places)('three send cases to one channel give one value, $place', async ({ start }) => {
  const ch = chan<string>();
  const selected = start(async (it: Chan<string>) => {
    const { select: selectThere } = await import('gosched');
    return selectThere({ a: it.sending('a'), b: it.sending('b'), c: it.sending('c') });
  }, ch);
  const got = await ch.recv();
  expect(await selected).toEqual({ key: got });
  expect(ch.tryRecv()).toBe(undefined);
});

test.each(places)('both sides of one channel, and a receiver comes, $place', async ({ start }) => {
  const ch = chan<number>();
  const received = start((it: Chan<number>) => it.recv(), ch);
  expect(await select({ put: ch.sending(7), get: ch })).toEqual({ key: 'put' });
  expect(await received).toBe(7);
  expect([ch.tryRecv(), ch.trySend(8)]).toEqual([undefined, false]);
});

test.each(places)('both sides of one channel, and it is closed: panic or end, $place', async ({
  start,
}) => {
  for (let round = 0; round < 20; round++) {
    const ch = chan<number>();
    const ended = select({ put: ch.sending(1), get: ch }).then(
      ({ key }) => key,
      (error: { code: string }) => error.code,
    );
    expect(await isPending(ended)).toBe(true);
    await start((it: Chan<number>) => it.close(), ch);
    expect(['get', 'ERR_SEND_ON_CLOSED']).toContain(await ended);
  }
});

test('a close ends each of ten selects that offer to the channel, and leaves the other alone', async () => {
  const [closed, other] = [chan<number>(), chan<number>()];
  const all = Array.from({ length: 10 }, (_, n) =>
    select({ closed: closed.sending(n), other: other.sending(n) }),
  );
  closed.close();
  for (const { status } of await Promise.allSettled(all)) expect(status).toBe('rejected');
  expect(other.tryRecv()).toBe(undefined);
});
