import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

const FATAL = 'fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 0 [';

/**
 * What was printed, without what Node 22 and later say by themselves before a program ends in the middle of
 * a top-level `await`: where that is. Nobody can keep them from it.
 */
const withoutNodes = (stderr: string): string =>
  stderr.replace(/^Warning: Detected unsettled top-level await at .*\n.*\n *\^\n\s*/, '');

// Exit code 2, and what everybody waits for.
test.each([
  ['a receive from a channel nobody sends to', 'deadlock-receive.mjs', ['chan receive']],
  ['a send to a channel nobody receives from', 'deadlock-send.mjs', ['chan send']],
  ['a select without cases', 'deadlock-select.mjs', ['select (no cases)']],
  ['a wait group nobody will end', 'deadlock-waitgroup.mjs', ['sync.WaitGroup.Wait']],
  ['a goroutine that waits for ever', 'deadlock/goroutine.mjs', ['await', 'chan receive']],
  ['a goroutine of the same isolate', 'deadlock/local.mjs', ['await', 'chan receive']],
])('SCH-024 SCH-025 SCH-026 SCH-027 a main program that waits for ever: %s', async (_, fixture, reasons) => {
  const ending = await runProgram(`lifecycle/fixtures/${fixture}`);
  expect(ending).toMatchObject({ code: 2, signal: null, stdout: 'waiting\n' });
  expect(withoutNodes(ending.stderr).slice(0, FATAL.length)).toBe(FATAL);
  const shown = [...ending.stderr.matchAll(/^goroutine \d+ \[([^\]]+)\]:$/gm)].map(([, it]) => it);
  expect(shown).toEqual(reasons);
});

test.each([
  ['recv', 'chan receive'],
  ['send', 'chan send'],
  ['lock', 'sync.Mutex.Lock'],
  ['write', 'sync.RWMutex.Lock'],
  ['acquire', 'semacquire'],
  ['wait', 'sync.WaitGroup.Wait'],
])('SCH-026 goroutines that block their threads: %s', async (form, reason) => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/blocking.mjs', undefined, {
    args: [form, 'async', form, 'recv'],
  });
  expect(ending).toMatchObject({ code: 2, signal: null, stdout: 'waiting\n' });
  const shown = [...ending.stderr.matchAll(/^goroutine \d+ \[([^\]]+)\]:$/gm)].map(([, it]) => it);
  expect(shown).toEqual(['await', reason, 'chan receive', reason, 'chan receive']);
});

test('SYN-013 locking twice in one goroutine, with nobody else', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/twice.mjs');
  expect(ending).toMatchObject({ code: 2, stdout: 'waiting\n' });
  expect(ending.stderr).toContain('goroutine 1 [sync.Mutex.Lock]:');
});

test('two that lock in opposite orders', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/cycle.mjs');
  expect(ending).toMatchObject({ code: 2, stdout: 'waiting\n' });
  expect(ending.stderr).toContain('goroutine 1 [sync.Mutex.Lock]:');
  expect(ending.stderr).toContain('goroutine 2 [sync.Mutex.Lock]:');
});

test('it is found when timers and isolates have come to rest, not before', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/after-timer.mjs');
  expect(ending).toMatchObject({ code: 2, stdout: '1\n1\n1\n' });
});

test('a program that has ended leaves goroutines behind that wait for ever, and exits', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/left-behind.mjs');
  expect(ending).toMatchObject({ code: 0, stdout: 'end\n', stderr: '' });
});

test('it can be thrown into the main program, which goes on', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/throw.mjs');
  const said = 'true ERR_DEADLOCK all goroutines are asleep - deadlock!';
  expect(ending).toMatchObject({ code: 0, stderr: '' });
  expect(ending.stdout).toBe(
    `exit\nreceive ${said}\ntrue\nselect ${said}\ngoroutine ${said}\nrange ${said}\nsent\n` +
      'lock ERR_DEADLOCK\ntrue\nsend ERR_DEADLOCK\nundefined\n',
  );
});

test('it is thrown into everything that waits, whatever kind of channel it waits for', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/throw-mixed.mjs');
  expect(ending).toMatchObject({ code: 0, stderr: '' });
  expect(ending.stdout).toBe(
    'mixed select ERR_DEADLOCK undefined\nreceive chan receive ERR_DEADLOCK undefined\n' +
      'send chan send ERR_DEADLOCK undefined\nmoved chan send ERR_DEADLOCK 100000\n' +
      'false false undefined\n',
  );
});

test('it can be given to a function instead', async () => {
  const ending = await runProgram('lifecycle/fixtures/deadlock/callback.mjs');
  expect(ending.code).toBe(2);
  expect(withoutNodes(ending.stderr)).toBe('');
  expect(ending.stdout.slice(0, FATAL.length)).toBe(FATAL);
});
