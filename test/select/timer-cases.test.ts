import { after, chan, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test('a timeout ends a select that nothing else ends', async () => {
  const start = performance.now();
  const got = await select({ idle: chan<number>(), late: after(30) });
  expect(got).toMatchObject({ key: 'late', ok: true });
  expect(performance.now() - start).toBeGreaterThanOrEqual(29);
});

test('a ready case is taken before a distant timeout', async () => {
  const ch = chan<number>(1);
  await ch.send(1);
  expect((await select({ ch, late: after(60_000) })).key).toBe('ch');
});

test.each(places)('SEL-049 a timer that is due is ready, even if the loop was busy, $place', async ({
  start,
}) => {
  const got = await start(async () => {
    const gosched = await import('gosched');
    const timer = gosched.after(10);
    const until = performance.now() + 40;
    while (performance.now() < until);
    return gosched.trySelect({ timer });
  });
  expect(got).toMatchObject({ key: 'timer', ok: true });
});

test.each(places)('SEL-045 busy senders do not starve a timer case, $place', async ({ start }) => {
  const [data, quit] = [chan<number>(), chan<never>()];
  const busy = async (to: Chan<number>, stop: Chan<never>): Promise<void> => {
    const gosched = await import('gosched');
    for (;;) {
      const { key } = await gosched.select({ put: to.sending(1), stop });
      if (key === 'stop') return;
    }
  };
  const senders = [start(busy, data, quit), start(busy, data, quit)];
  await data.recv();
  const late = after(20);
  let rounds = 0;
  while ((await select({ data, late })).key === 'data') rounds++;
  quit.close();
  await Promise.all(senders);
  expect(rounds).toBeGreaterThan(0);
});
