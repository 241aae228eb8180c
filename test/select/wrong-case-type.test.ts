import { chan, select, trySelect } from 'gosched';
import { expect, test } from 'vitest';

const wrong = { code: 'ERR_INVALID_ARG_TYPE', message: expect.stringContaining("case 'bad'") };

test.each([1, 'ch', true, {}, [], () => chan(), Promise.resolve(), Symbol('ch'), 1n])(
  'something that is no case is named: %o',
  async (bad) => {
    const ch = chan<number>(1);
    const cases = { put: ch.sending(1), bad } as unknown as { put: null };
    await expect(select(cases)).rejects.toMatchObject(wrong);
    expect(() => trySelect(cases)).toThrow(expect.objectContaining(wrong));
    // Nothing was done, and the next select is not disturbed.
    expect(ch.length).toBe(0);
    expect(trySelect({ put: ch.sending(7) })).toEqual({ key: 'put' });
    expect(ch.tryRecv()).toEqual({ value: 7, done: false });
  },
);

test('a case after one that cannot be copied is not disturbed either', async () => {
  const shared = chan<unknown>(4);
  const { go } = await import('gosched');
  await go((ch) => void ch, shared);
  const bad = select({ text: shared.sending('text'), bad: shared.sending(() => 1) });
  await expect(bad).rejects.toMatchObject({ code: 'ERR_DATA_CLONE' });
  expect(shared.length).toBe(0);
  await select({ text: shared.sending('next') });
  expect(await shared.recv()).toBe('next');
});
