import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test('goroutines that nobody awaits finish first, and print all they print', async () => {
  const ending = await runProgram('lifecycle/fixtures/not-awaited.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
  const lines = ending.stdout.split('\n').filter((line) => line !== '');
  const expected = [0, 1, 2, 3].flatMap((g) =>
    Array.from({ length: 500 }, (_, n) => `goroutine ${g} line ${n}`),
  );
  expect(lines.sort()).toEqual(expected.sort());
});

test('SCH-028 a select that waits for a timer holds the process until then', async () => {
  const ending = await runProgram('lifecycle/fixtures/waits-for-timer.mjs');
  expect(ending).toMatchObject({ code: 0, stdout: 'late\nslept\ntimeout\n', stderr: '' });
});

test('a timer holds the process while it is waited for and can fire, and only then', async () => {
  const ending = await runProgram('lifecycle/fixtures/waits-for-ticker.mjs');
  expect(ending).toMatchObject({ code: 0, stdout: '3 ticks\nagain\ntrue\n', stderr: '' });
});

test('a wait for a timer ends with its worker, and holds nothing then', async () => {
  const ending = await runProgram('lifecycle/fixtures/guest-ends-waiting.mjs');
  expect(ending).toMatchObject({ code: 0, stdout: 'terminated\n', stderr: '' });
});

test('what a goroutine prints at once, and ends, arrives whole', async () => {
  const ending = await runProgram('lifecycle/fixtures/prints-much.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
  const lines = ending.stdout.trimEnd().split('\n');
  const expected = [0, 1, 2, 3].flatMap((g) =>
    Array.from({ length: 5000 }, (_, n) => `goroutine ${g} line ${n}`),
  );
  // Joined: a difference in 20,000 lines need not be shown line by line.
  expect(lines.sort().join('\n') === expected.sort().join('\n'), `${lines.length} lines`).toBe(true);
});

test('SCH-030 a program that only waits for the network goes on', async () => {
  const ending = await runProgram('lifecycle/fixtures/waits-for-network.mjs');
  expect(ending).toMatchObject({ code: 0, stdout: 'hello\nand bye\n', stderr: '' });
});

test('isolates are not told to end when the last goroutine ends as the event loop runs dry', async () => {
  const ending = await runProgram('lifecycle/fixtures/ends-at-before-exit.mjs');
  const stdout = '{"values":[7,8],"looked":true,"told":0}\n';
  expect(ending).toMatchObject({ code: 0, signal: null, stdout, stderr: '' });
});
