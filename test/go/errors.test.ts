import { go, GoPanic } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)('what is thrown or rejected rejects the goroutine, $place', async ({ start }) => {
  await expect(start(() => { throw new TypeError('thrown'); })).rejects.toThrow(TypeError);
  await expect(start(async () => { throw new RangeError('late'); })).rejects.toThrow(RangeError);
  await expect(start(() => Promise.reject(new URIError('x')))).rejects.toBeInstanceOf(URIError);
});

test.each([
  ['text', () => { throw 'text'; }],
  [42, () => { throw 42; }],
  [null, () => { throw null; }],
  [undefined, () => { throw undefined; }],
  [{ a: 1 }, () => { throw { a: 1 }; }],
] as [unknown, () => never][])('anything can be thrown: %o', async (thrown, fn) => {
  for (const { start } of places) {
    const caught = await start(fn).then(
      () => expect.unreachable(),
      (error: unknown) => error,
    );
    expect(caught).toEqual(thrown);
  }
});

test.each(places)('errors of the library keep their class, $place', async ({ start }) => {
  const failed = start(async () => {
    const { chan } = await import('gosched');
    chan(-1);
  });
  await expect(failed).rejects.toBeInstanceOf(GoPanic);
  await expect(failed).rejects.toMatchObject({ code: 'ERR_CHAN_CAPACITY' });
});

test('an error of a class that is not known here keeps its name, fields and stack', async () => {
  const failed = go(() => {
    class QuotaError extends Error {
      readonly code = 'E_QUOTA';
      constructor(readonly left: number) {
        super('no quota', { cause: new TypeError('deep') });
        this.name = 'QuotaError';
      }
    }
    throw new QuotaError(3);
  });
  await expect(failed).rejects.toMatchObject({
    name: 'QuotaError',
    message: 'no quota',
    code: 'E_QUOTA',
    left: 3,
    cause: expect.any(TypeError),
    stack: expect.stringContaining('errors.test'),
  });
});

test('a result that cannot be copied rejects, and says so', async () => {
  const failed = go(() => ({ deep: { fn: () => 1 } }) as unknown);
  await expect(failed).rejects.toMatchObject({ code: 'ERR_DATA_CLONE' });
  await expect(failed).rejects.toThrow(/deep\.fn/);
  await expect(go(() => Symbol('s') as unknown)).rejects.toMatchObject({ code: 'ERR_DATA_CLONE' });
});

test.each(places)('SCH-045 endless recursion is a RangeError of that goroutine, $place', async ({
  start,
}) => {
  const endless = start(() => {
    const deeper = (n: number): number => deeper(n + 1) + 1;
    return deeper(0);
  });
  await expect(endless).rejects.toBeInstanceOf(RangeError);
  expect(await start(() => 'others go on')).toBe('others go on');
});
