import { describe, expect, test } from 'vitest';
import { runProgram } from '../program.js';

// All goroutines wait for each other, and something else is under way that will end the wait: no report.
// Several at once, so that they also run on a busy machine.
const AT_ONCE = 3;

async function runs(fixture: string, args: readonly string[], stdout: string): Promise<void> {
  const endings = Array.from({ length: AT_ONCE }, () =>
    runProgram(`lifecycle/fixtures/deadlock/${fixture}`, undefined, { args }),
  );
  for (const ending of await Promise.all(endings)) {
    expect(ending).toMatchObject({ code: 0, signal: null, stdout, stderr: '' });
  }
}

describe.each(['main', 'goroutine'])('SCH-029 SCH-030 what is alive in: %s', (where) => {
  test.each(['timer', 'interval', 'child', 'socket', 'fs', 'work', 'port', 'worker', 'wasm'])(
    '%s',
    (what) => runs('life.mjs', [where, what], 'alive\nclosed locked closed\n'),
  );
});

test('a worker of the program\'s own that uses the library', () =>
  runs('guest.mjs', [], 'from the guest\n'));

test('a listener that wakes a goroutine at the last moment', () =>
  runs('before-exit.mjs', [], 'late\n'));
