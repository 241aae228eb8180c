import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

// Each program has a bystander in another isolate, and a lock that the one that ends holds.
const FINE = { locked: 'released', rest: ['fine', 3, 0, 0] };
const died = { name: 'IsolateDied', code: 'ERR_ISOLATE_DIED', numbered: true, ...FINE };

test.each([
  ['exit', { ...died, reason: 'exit', exitCode: 7 }],
  ['exit at once', { ...died, reason: 'exit', exitCode: 0 }],
  ['uncaught error', { ...died, reason: 'uncaught', cause: 'RangeError: thrown in a timer' }],
  ['uncaught, cannot be copied', { ...died, reason: 'uncaught', cause: 'Error: with a function' }],
  ['unhandled rejection', { ...died, reason: 'uncaught', cause: 'TypeError: nobody handles this' }],
  [
    'infinite recursion in a callback',
    { ...died, reason: 'uncaught', cause: 'RangeError: Maximum call stack size exceeded' },
  ],
  // It is an error of the goroutine like any other, and its isolate lives.
  [
    'infinite recursion',
    { name: 'RangeError', numbered: false, locked: 'kept', rest: FINE.rest },
  ],
  ['out of memory', { ...died, reason: 'memory', cause: 'Error' }],
  ['terminate', { ...died, reason: 'terminated' }],
  ['terminate while it computes', { ...died, reason: 'terminated' }],
])('SCH-045 a goroutine ends with its isolate, and no other: %s', async (way, expected) => {
  const ending = await runProgram('lifecycle/fixtures/endings.mjs', { args: [way] });
  expect(ending).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(ending.stdout)).toEqual(expected);
});

test('values that an isolate was handed and did not live to see reach others, in order', async () => {
  const ending = await runProgram('lifecycle/fixtures/too-late-for-its-isolate.mjs');
  expect(ending).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(ending.stdout)).toEqual({
    sent: [true, true, true, true, true, true],
    reason: 'terminated',
    received: [1, 2, 3, 4, 5, 's', 'c', null],
  });
});

test('goroutines are told why isolates do not come up, and later ones try again', async () => {
  const hook = new URL('../../test/lifecycle/fixtures/fails-in-workers.cjs', import.meta.url);
  const nodeArgs = ['--require', fileURLToPath(hook)];
  const ending = await runProgram('lifecycle/fixtures/no-isolate.mjs', { nodeArgs });
  expect(ending).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(ending.stdout)).toEqual({
    told: Array.from({ length: 3 }, () => [
      'IsolateUnavailable',
      'ERR_NO_ISOLATE',
      'Error: not in workers',
    ]),
    later: 'ERR_NO_ISOLATE',
    mended: 3,
  });
});
