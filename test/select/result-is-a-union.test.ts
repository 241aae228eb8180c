import { chan, select } from 'gosched';
import { expect, test } from 'vitest';

// What must not compile is marked: the compiler fails the build where it does.
test('the result is told apart by its key', async () => {
  const numbers = chan<number>(1);
  const texts = chan<string>();
  await numbers.send(20);
  const got = await select({ n: numbers, t: texts, put: texts.sending('x') });
  // @ts-expect-error -- a send case has no value
  expect(got.value).toBe(20);
  // @ts-expect-error -- no such case
  expect(got.key === 'other').toBe(false);
  if (got.key !== 'n' || !got.ok) throw new Error('not the case that was ready');
  expect(got.value.toFixed(1)).toBe('20.0');
});

test('keys may be any text, and numbers', async () => {
  const ch = chan<number>(4);
  for (const key of ['', '0', '17', '__proto__', 'constructor', 'é 😀']) {
    await ch.send(1);
    const cases = Object.fromEntries([[key, ch]]);
    expect(await select(cases)).toMatchObject({ key, value: 1 });
  }
});

test('many cases', async () => {
  const channels = Array.from({ length: 1000 }, () => chan<number>(1));
  channels[777]!.trySend(5);
  const got = await select(Object.fromEntries(channels.entries()));
  expect(got).toEqual({ key: '777', value: 5, ok: true });
});
