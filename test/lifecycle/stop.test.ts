import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test('SCH-010 stop asks first, and kills one that does not listen, with its isolate', async () => {
  const ending = await runProgram('lifecycle/fixtures/stop.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(JSON.parse(ending.stdout)).toEqual({
    polite: ['ended', 'cleaned up'],
    aborted: ['ended', 'aborted'],
    running: 'running',
    killed: 'killed',
    deaf: [true, true, 'too slow'],
    neighbour: ['ERR_ISOLATE_DIED', 'killed', true],
    lock: 'released',
    waiting: 2,
    again: 'ended',
    queued: ['killed', 'GoroutineKilled ERR_GOROUTINE_KILLED'],
    blocks: ['killed', 'GoroutineKilled ERR_GOROUTINE_KILLED'],
    local: 'GoPanic ERR_NOT_KILLABLE',
    other: 'TypeError ERR_INVALID_ARG_TYPE',
    grace: 'TypeError ERR_INVALID_ARG_TYPE',
    cancel: 'TypeError ERR_INVALID_ARG_TYPE',
  });
});
