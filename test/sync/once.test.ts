import { Once, atomic, chan, onceValue, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { isPending } from '../pending.js';

test.each(places)('ten goroutines, one call, $place', async ({ start }) => {
  const [once, calls] = [new Once(), new atomic.Int32()];
  const ask = async (it: Once, count: atomic.Int32): Promise<number> => {
    await it.do(() => count.add(1));
    return count.load();
  };
  const seen = await Promise.all(Array.from({ length: 10 }, () => start(ask, once, calls)));
  expect(seen).toEqual(Array.from({ length: 10 }, () => 1));
});

test.each(places)('SYN-036 a call that throws counts as done, $place', async ({ start }) => {
  const [once, calls] = [new Once(), new atomic.Int32()];
  const fail = (it: Once, count: atomic.Int32): Promise<void> =>
    it.do(() => {
      count.add(1);
      throw new Error('it failed');
    });
  await expect(start(fail, once, calls)).rejects.toThrow('it failed');
  await start(fail, once, calls);
  await once.do(() => calls.add(1));
  expect(calls.load()).toBe(1);
});

test('SYN-037 a call from inside itself waits for ever', async () => {
  const once = new Once();
  let inner: Promise<void> | undefined;
  const outer = once.do(async () => {
    inner = once.do(() => undefined);
    await inner;
  });
  expect(await isPending(outer)).toBe(true);
  expect(await isPending(inner!)).toBe(true);
});

test.each(places)('SYN-038 who comes late waits for the end, $place', async ({ start }) => {
  const [once, gate] = [new Once(), chan<never>()];
  const running = once.do(() => gate.recv());
  const late = start(async (it: Once) => it.do(() => undefined), once);
  expect(await isPending(late)).toBe(true);
  gate.close();
  await Promise.all([running, late]);
});

test.each(places)('SYN-039 another function is not called, $place', async ({ start }) => {
  const [once, log] = [new Once(), chan<string>(2)];
  await once.do(() => log.send('first'));
  await start((it: Once, to: Chan<string>) => it.do(() => to.send('second')), once, log);
  expect(log.length).toBe(1);
});

test('SYN-040 onceValue calls once and keeps the result', () => {
  let calls = 0;
  const value = onceValue(() => ({ calls: ++calls }));
  expect(value()).toBe(value());
  expect(calls).toBe(1);
});

test.each([['SYN-041', new Error('always')], ['SYN-042', undefined]])(
  '%s onceValue throws the same every time: %s',
  (_, thrown) => {
    let calls = 0;
    const value = onceValue(() => {
      calls++;
      throw thrown;
    });
    for (let n = 0; n < 3; n++) {
      let caught: unknown = 'nothing';
      try {
        value();
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(thrown);
    }
    expect(calls).toBe(1);
  },
);

test('SYN-044 the stack reaches to where it was thrown', () => {
  const value = onceValue(function thrower() {
    throw new Error('here');
  });
  expect(value).toThrow(expect.objectContaining({ stack: expect.stringContaining('thrower') }));
});
