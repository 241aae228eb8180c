import { describe, expect, test } from 'vitest';
import { type Ending, runProgram } from '../program.js';

// All goroutines wait for each other, and something else is under way that will end the wait: no report.
// Several at once, so that they also run on a busy machine.
const AT_ONCE = 3;

function runs(fixture: string, args: readonly string[] = []): Promise<Ending[]> {
  const path = `lifecycle/fixtures/deadlock/${fixture}`;
  return Promise.all(
    Array.from({ length: AT_ONCE }, () => runProgram(path, undefined, { args })),
  );
}

/** All of them ended well, and printed this. */
function ended(stdout: string): unknown[] {
  const each: unknown = expect.objectContaining({ code: 0, signal: null, stdout, stderr: '' });
  return Array.from({ length: AT_ONCE }, () => each);
}

describe.each(['main', 'goroutine'])('SCH-029 SCH-030 what is alive in: %s', (where) => {
  test.each(['timer', 'interval', 'child', 'socket', 'fs', 'work', 'port', 'worker', 'wasm'])(
    '%s',
    async (what) => {
      const endings = await runs('life.mjs', [where, what]);
      expect(endings).toEqual(ended('alive\nclosed locked closed\n'));
    },
  );
});

test.each(['timer', 'deadline', 'elsewhere', 'main', 'often'])(
  'a goroutine that blocks its thread is woken after all: %s',
  async (what) => {
    expect(await runs('blocked-for.mjs', [what])).toEqual(ended('ended\n'));
  },
);

test.each([
  ['wait', 'timed-out'],
  ['timeout', 'timed-out'],
  ['notified', 'ok'],
  ['often', 'ok'],
])('a goroutine that waits for shared memory: %s', async (what, result) => {
  expect(await runs('atomics.mjs', [what])).toEqual(ended(`${result}\n`));
});

test('the process does not stay for shared memory that the main program waits for, as in Node', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/atomics.mjs', undefined, { args: ['main'] });
  expect(ending).toMatchObject({ code: 13, signal: null, stdout: '' });
});

test('a worker of the program\'s own that uses the library', async () => {
  expect(await runs('guest.mjs')).toEqual(ended('from the guest\n'));
});

test('a listener that wakes a goroutine at the last moment', async () => {
  expect(await runs('before-exit.mjs')).toEqual(ended('late\n'));
});
