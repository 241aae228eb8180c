import { after, chan, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { places } from '../chan/where.js';

test.each(places)(
  'SEL-001 SEL-002 SEL-003 SEL-004 a select without live cases waits for ever, $place',
  async ({ start }) => {
    const forEver = chan<string>();
    const selects = async (end: Chan<string>): Promise<void> => {
      const gosched = await import('gosched');
      await Promise.race([
        gosched.select({}),
        gosched.select({ nil: null }),
        gosched.select({ one: null, other: undefined }),
        end.recv(),
      ]);
    };
    const parked = start(selects, forEver);
    expect(await isPending(parked)).toBe(true);
    await forEver.send('end');
    await parked;
  },
);

test.each(places)('CH-020 SEL-006 SEL-007 SEL-008 nil cases take the default, $place', async ({
  start,
}) => {
  const taken = await start(async () => {
    const { trySelect } = await import('gosched');
    return [trySelect({}), trySelect({ nil: null }), trySelect({ one: null, other: undefined })];
  });
  expect(taken).toEqual([undefined, undefined, undefined]);
});

test('a nil case does not hide the one beside it', async () => {
  const ch = chan<number>(1);
  await ch.send(1);
  const got = await select({ off: null, on: ch, unset: undefined });
  expect(got).toEqual({ key: 'on', value: 1, ok: true });
});

test('an empty select with a timeout beside it ends with the timeout', async () => {
  const { key } = await select({ off: null, late: after(5) });
  expect(key).toBe('late');
});
