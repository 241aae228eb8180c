import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { go, GoCaptureError } from 'gosched';
import { expect, test } from 'vitest';

let total = 0;

function attempt(start: () => unknown): GoCaptureError {
  try {
    start();
  } catch (error) {
    if (error instanceof GoCaptureError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

test('a variable that is assigned is named, with file, line and column, at the call', () => {
  const error = attempt(() => go(() => (total += 1)));
  expect(error).toMatchObject({
    name: 'GoCaptureError',
    code: 'ERR_GO_WRITE',
    variable: 'total',
  });
  // The compiled file, or its source if the process maps stacks.
  const own = fileURLToPath(import.meta.url);
  expect(error.file).toContain('capture-error.test.');
  expect(error.message).toContain(`${error.file}:${error.line}:${error.column}`);
  if (error.file !== own) return;
  const lines = readFileSync(own, 'utf8').split('\n');
  expect(lines[error.line! - 1]!.slice(error.column! - 1)).toMatch(/^total \+= 1/);
});

test('a name that is declared nowhere, and a bound function', () => {
  expect(attempt(() => go(new Function('return nowhere') as () => void)).variable).toBe('nowhere');
  const bound = parseInt.bind(undefined, '1');
  expect(attempt(() => go(bound)).code).toBe('ERR_GO_NATIVE');
});

test('a refused call starts nothing', async () => {
  const { numGoroutine } = await import('gosched/runtime');
  const before = numGoroutine();
  attempt(() => go(() => total++));
  expect(total).toBe(0);
  expect(numGoroutine()).toBe(before);
});
