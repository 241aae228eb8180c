import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { go, GoCaptureError } from 'gosched';
import { expect, test } from 'vitest';

const limit = Math.random();

function attempt(start: () => unknown): GoCaptureError {
  try {
    start();
  } catch (error) {
    if (error instanceof GoCaptureError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

test('a variable of the scope around is named, with file, line and column, at the call', () => {
  const error = attempt(() => go(() => limit + 1));
  expect(error).toMatchObject({
    name: 'GoCaptureError',
    code: 'ERR_GO_CAPTURE',
    variable: 'limit',
  });
  // The compiled file, or its source if the process maps stacks.
  const own = fileURLToPath(import.meta.url);
  expect(error.file).toContain('free-variable-error.test.');
  expect(error.message).toContain(`${error.file}:${error.line}:${error.column}`);
  if (error.file !== own) return;
  const lines = readFileSync(own, 'utf8').split('\n');
  expect(lines[error.line! - 1]!.slice(error.column! - 1)).toMatch(/^limit \+ 1/);
});

test('an assignment is told apart', () => {
  let count = 0;
  const error = attempt(() => go(() => { count = 1; }));
  expect(error).toMatchObject({ code: 'ERR_GO_WRITE', variable: 'count' });
  expect(count).toBe(0);
});

test('a name that is declared nowhere, this, and native functions', () => {
  expect(attempt(() => go(new Function('return nowhere') as () => void)).variable).toBe('nowhere');
  const bound = parseInt.bind(undefined, '1');
  expect(attempt(() => go(bound)).code).toBe('ERR_GO_NATIVE');
  expect(attempt(() => go(parseInt, '1')).code).toBe('ERR_GO_NATIVE');
});

test('a refused call starts nothing', async () => {
  const { numGoroutine } = await import('gosched/runtime');
  const before = numGoroutine();
  attempt(() => go(() => limit));
  expect(numGoroutine()).toBe(before);
});
