import { chan, errgroup, context, go, type Chan } from 'gosched';
import { Goexit, goexit, numGoroutine } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';
import { runProgram } from '../program.js';

test.each(places)('goexit ends the goroutine after its finally blocks, $place', async ({ start }) => {
  const steps = chan<string>(8);
  const running = start(
    async (to: Chan<string>) => {
      const leave = (): never => {
        try {
          return goexit();
        } finally {
          to.trySend('inner');
        }
      };
      try {
        await to.send('before');
        leave();
        await to.send('never');
      } finally {
        await to.send('outer');
      }
    },
    steps,
  );
  expect(await running).toBeUndefined();
  steps.close();
  const seen: string[] = [];
  for await (const step of steps) seen.push(step);
  expect(seen).toEqual(['before', 'inner', 'outer']);
});

test.each(places)('a goroutine that nobody awaits ends silently by it, $place', async ({ start }) => {
  const before = numGoroutine();
  const done = chan<number>();
  void start(async (to: Chan<number>) => {
    await to.send(1);
    goexit();
  }, done);
  expect(await done.recv()).toBe(1);
  while (numGoroutine() > before) await new Promise(setImmediate);
});

test.each(places)('at once, without an await, $place', async ({ start }) => {
  expect(await start(() => goexit())).toBeUndefined();
});

test.each(places)('SCH-034 goexit in a finally block during a throw: the error is abandoned, $place', async ({
  start,
}) => {
  const running = start(async () => {
    try {
      throw new Error('abandoned');
    } finally {
      // oxlint-disable-next-line no-unsafe-finally -- as the case wants it
      goexit();
    }
  });
  expect(await running).toBeUndefined();
});

test.each(places)('SCH-035 a finally block that throws after goexit: its error counts, $place', async ({
  start,
}) => {
  const running = start(async () => {
    try {
      goexit();
    } finally {
      // oxlint-disable-next-line no-unsafe-finally -- as the case wants it
      throw new RangeError('from finally');
    }
  });
  await expect(running).rejects.toThrow('from finally');
});

test.each(places)('SCH-036 what a finally block throws and catches does not stop goexit, $place', async ({
  start,
}) => {
  const running = start(async (): Promise<string> => {
    try {
      goexit();
    } finally {
      await Promise.reject(new Error('caught')).catch(() => undefined); // Go: recovered
    }
    return 'went on';
  });
  expect(await running).toBeUndefined();
});

test('what it throws can be told from an error, also in another isolate', async () => {
  const caught = await go(() => {
    try {
      return goexit();
    } catch (error) {
      return error as Error;
    }
  });
  expect(caught).toBeInstanceOf(Goexit);
  expect(caught).toMatchObject({ name: 'Goexit', code: 'ERR_GOEXIT' });
});

test('for a group it is no failure', async () => {
  const { group, ctx } = errgroup.withContext(context.background());
  void group.go(() => goexit());
  void group.go(async () => 1);
  await group.wait();
  expect(ctx.cause()).toMatchObject({ code: 'ERR_CONTEXT_CANCELED' });
});

test('SCH-032 in the main program it is an uncaught error', async () => {
  const ending = await runProgram('go/fixtures/goexit-in-main.mjs');
  expect(ending.code).toBe(1);
  expect(ending.stdout).toBe('before\n');
  expect(ending.stderr).toContain('goexit() ends the goroutine that calls it');
});
