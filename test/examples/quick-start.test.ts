import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test('the quick start of the README runs, ends by itself, and counts right', async () => {
  const { stdout, stderr } = await run(process.execPath, ['build/examples/quick-start/main.js']);
  expect({ stdout, stderr }).toEqual({ stdout: '78498 primes below a million\n', stderr: '' });
});

test('the shortest example of the README runs, ends by itself, and counts right', async () => {
  const { stdout, stderr } = await run(process.execPath, ['build/examples/shortest/main.js']);
  expect({ stdout, stderr }).toEqual({ stdout: '9592 primes below 100,000\n', stderr: '' });
});

test('the README shows its examples as they are', async () => {
  const readme = await readFile('README.md', 'utf8');
  for (const file of ['shortest/main.ts', 'quick-start/main.ts', 'quick-start/primes.ts']) {
    expect(readme).toContain(await readFile(`examples/${file}`, 'utf8'));
  }
});
