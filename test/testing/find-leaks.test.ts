import { after, chan, go, Mutex, select, WaitGroup } from 'gosched';
import { findLeaks, ignoreCurrent, LeakError, verifyNoLeaks } from 'gosched/testing';
import { expect, test } from 'vitest';

/** Few looks: nothing here is about to end. */
const AT_ONCE = { maxRetries: 0 };

test('LEAK-001 LEAK-039 LEAK-041 LEAK-043 no goroutines, no leak', async () => {
  await go(() => 1);
  const chain = (n: number): Promise<number> => (n === 0 ? Promise.resolve(0) : Promise.resolve(go.local(chain, n - 1)));
  await go.local(chain, 100);
  after(60_000);
  expect(await findLeaks(AT_ONCE)).toEqual([]);
  await verifyNoLeaks(AT_ONCE);
});

test('LEAK-003 LEAK-008 a goroutine that waits is one, until it goes on', async () => {
  const ch = chan<number>();
  const leaked = go(async function leaker(c: typeof ch) {
    await c.recv();
  }, ch);
  // It has to start before it can wait.
  await expect.poll(async () => (await findLeaks(AT_ONCE)).map(({ reason }) => reason)).toEqual(['chan receive']);
  const error = await verifyNoLeaks({ maxRetries: 2, maxSleep: 1 }).catch((it: unknown) => it);
  expect(error).toBeInstanceOf(LeakError);
  const { code, message, goroutines } = error as LeakError;
  expect([code, goroutines.map((it) => it.function)]).toEqual(['ERR_GOROUTINE_LEAK', ['leaker']]);
  expect(message).toMatch(/^found unexpected goroutines:\n\ngoroutine \d+ \[chan receive\]:\nleaker\(\)\n\t.*find-leaks/);
  ch.close();
  await leaked;
  await verifyNoLeaks(AT_ONCE);
});

test('LEAK-004 one that is about to end is waited for', async () => {
  void go(async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  expect(await findLeaks()).toEqual([]);
});

test('LEAK-005 it looks as often as it is told', async () => {
  const ch = chan<number>();
  const leaked = go.local(() => ch.recv());
  let looks = 0;
  const counts = { maxRetries: 7, maxSleep: 1, ignoreFunctions: [() => ++looks < 0] };
  expect(await findLeaks(counts)).toHaveLength(1);
  expect(looks).toBe(1 + 7);
  ch.close();
  await leaked;
});

test('LEAK-010 LEAK-011 LEAK-012 those of before are ignored, by number, and new ones are not', async () => {
  const [old, young] = [chan<number>(), chan<number>()];
  const first = go.local(() => old.recv());
  const ignore = ignoreCurrent();
  await verifyNoLeaks({ ...AT_ONCE, ignore });
  old.close();
  await first;
  // It may have the first one's place in every table; its number is its own.
  const second = go.local(() => young.recv());
  expect((await findLeaks({ ...AT_ONCE, ignore })).map(({ id }) => id)).toEqual([second.id]);
  young.close();
  await second;
});

test('LEAK-013 ignored by function, by file and by a test', async () => {
  const ch = chan<number>();
  const leaked = go(async function pump(c: typeof ch) {
    await c.recv();
  }, ch);
  const finds = async (pattern: string | RegExp): Promise<number> =>
    (await findLeaks({ ...AT_ONCE, ignoreFunctions: [pattern] })).length;
  expect(await finds('pump')).toBe(0);
  expect(await finds('find-leaks.test')).toBe(0);
  expect(await finds(/^pum/)).toBe(0);
  expect(await finds('pum')).toBe(1);
  expect(await finds('find-leaks.test.ts:nowhere')).toBe(1);
  ch.close();
  await leaked;
});

test('LEAK-032 LEAK-033 LEAK-034 LEAK-035 LEAK-036 LEAK-037 the usual ways to leak', async () => {
  const [wg, mu] = [new WaitGroup(), new Mutex()];
  const [range, stop, results, twice] = [chan<number>(), chan(), chan<number>(), chan<number>()];
  wg.add(1);
  await mu.lock();
  const leaked = [
    go.local(async () => { await results.send(1); wg.done(); }), // a member that is stuck in a send
    go.local(() => wg.wait()), // and who waits for it
    go.local(async () => { for await (const _ of range); }), // a range over what nobody closes
    go.local(() => select({ range, stop })), // a worker whose stop is never called
    go.local(async () => { await twice.send(1); await twice.send(2); }), // two sends, one receive
    go.local(() => mu.lock()),
    go.local(() => results.send(2)), // answers that come late
    go.local(() => results.send(3)),
  ];
  expect(await twice.recv()).toBe(1);
  expect(await findLeaks(AT_ONCE)).toHaveLength(leaked.length);
  range.close();
  for (let n = 0; n < 3; n++) await results.recv();
  await twice.recv();
  mu.unlock();
  await Promise.all(leaked);
  await verifyNoLeaks(AT_ONCE);
});

test('what options may be', async () => {
  await expect(findLeaks({ maxRetries: -1 })).rejects.toThrow(RangeError);
  await expect(findLeaks({ maxSleep: Number.NaN })).rejects.toThrow(RangeError);
  await expect(findLeaks({ ignoreFunctions: [1 as never] })).rejects.toThrow(TypeError);
});
