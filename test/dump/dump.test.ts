import { chan, go } from 'gosched';
import { dump, numGoroutine } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

/** Function -> what is in its brackets. */
function reasons(text: string): Record<string, string> {
  const entries = [...text.matchAll(/^goroutine \d+ \[([^\]]+)\]:\n(?:(\w+)\(\)\n)?/gm)];
  return Object.fromEntries(entries.map(([, reason, name]) => [name ?? 'main', reason!]));
}

test('CH-071 LEAK-025 LEAK-026 LEAK-027 LEAK-028 LEAK-029 LEAK-031 a dump says what each goroutine waits for', async () => {
  const ending = await runProgram('dump/fixtures/all-reasons.mjs');
  expect(ending).toMatchObject({ code: 0, stderr: '' });
  expect(reasons(ending.stdout)).toMatchObject({
    receives: 'chan receive',
    receivesToo: 'chan receive',
    sends: 'chan send',
    selects: 'select',
    selectsNothing: 'select (no cases)',
    sleeps: 'sleep',
    locks: 'sync.Mutex.Lock',
    locksToWrite: 'sync.RWMutex.Lock',
    locksToRead: 'sync.RWMutex.RLock',
    waits: 'sync.WaitGroup.Wait',
    acquires: 'semacquire',
    meets: 'barrier wait',
    awaits: 'await',
    conditions: 'sync.Cond.Wait',
  });
  // Of a channel: its capacity, how much is in it, and who waits there, the select included.
  expect(ending.stdout).toMatch(/receives\(\)\n\t.*all-reasons.mjs:\d+:\d+\n\ton chan 0x[0-9a-f]+, capacity 0, length 0, waiting: 3 to receive, 0 to send\n/);
  expect(ending.stdout).toMatch(/sends\(\)\n\t.*\n\ton chan 0x[0-9a-f]+, capacity 1, length 1, waiting: 0 to receive, 2 to send\n/);
});

test('debug 1 groups goroutines that do the same', async () => {
  const ending = await runProgram('dump/fixtures/all-reasons.mjs', undefined, { args: ['1'] });
  expect(ending.stdout).toMatch(/^goroutine profile: total 15\n/);
  expect(ending.stdout).toMatch(/^1 @ chan receive\n#\treceives\(\)\n#\t\t.*all-reasons.mjs:\d+:\d+$/m);
});

test('SCH-018 SCH-039 a dump has as many entries as there are goroutines, and the main program', async () => {
  expect(dump().match(/^goroutine /gm)).toHaveLength(1 + numGoroutine());
  const ch = chan<number>();
  const started = [go((c: typeof ch) => c.recv(), ch), go.local(() => ch.recv())];
  expect(numGoroutine()).toBe(2);
  expect(dump().match(/^goroutine \d+ \[/gm)).toHaveLength(3);
  expect(dump({ debug: 1 })).toMatch(/^goroutine profile: total 3\n/);
  ch.close();
  await Promise.all(started);
  expect(dump().match(/^goroutine \d+ \[/gm)).toHaveLength(1 + numGoroutine());
});

test('a dump on a signal, while the main program and a goroutine compute for ever', async () => {
  let sent = false;
  const ending = await runProgram(
    'dump/fixtures/stuck.mjs',
    (stdout, kill, stderr) => {
      if (stdout.includes('stuck') && !sent) {
        sent = true;
        // After this the program cannot answer by JavaScript.
        setTimeout(() => { kill('SIGUSR2'); }, 500);
      }
      if (/waits\(\)[^]*computes\(\)/.test(stderr)) kill('SIGKILL');
    },
    { env: { GOSCHED_DUMP_SIGNAL: 'SIGUSR2' } },
  );
  expect(ending.stderr).toMatch(/^goroutine 1 \[chan receive\]:\nwaits\(\)\n/m);
  expect(ending.stderr).toMatch(/^goroutine 2 \[running\]:\ncomputes\(\)\n/m);
});

test('a signal that cannot be used is a warning', async () => {
  const ending = await runProgram('lifecycle/fixtures/import-only.mjs', undefined, {
    env: { GOSCHED_DUMP_SIGNAL: 'SIGKILL' },
  });
  expect(ending.code).toBe(0);
  expect(ending.stderr).toContain('[GOSCHED_DUMP_SIGNAL]');
});

test('with tracebacks, whose each operation is, where it waits, and where it was created', async () => {
  const ending = await runProgram('dump/fixtures/traceback.mjs', undefined, {
    env: { GOSCHED_TRACEBACK: '1' },
  });
  expect(ending).toMatchObject({ code: 0, stderr: '' });
  const locals = ending.stdout.match(
    /goroutine \d+ \[chan receive\]:\n\ton chan .*\n(?:\tfor .*\n)?\t(async )?waits \(.*traceback.mjs:\d+:\d+\)\n(\t.*\n)*created by goroutine 0\n\tstartAll \(.*traceback.mjs:\d+:\d+\)/g,
  );
  expect(locals).toHaveLength(4);
  expect(ending.stdout).toMatch(/child\(\)\n(\t.*\n)*created by goroutine 1\n\t(async )?parent /);
});

test('what debug may be', () => {
  expect(() => dump({ debug: 3 as 2 })).toThrow(RangeError);
});
