import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, promisedOutput, runSnippets, snippetsOf } from './snippets.js';

const [imports, ...snippets] = snippetsOf(readFileSync('docs/from-go.md', 'utf8'));

// In the checkout, so that the package is found by its name.
const folder = fileURLToPath(new URL(`./from-go-${process.pid}`, import.meta.url));
let outcomes: readonly Outcome[];
beforeAll(async () => {
  outcomes = await runSnippets(folder, snippets.map(({ code }) => `${imports?.code}\n${code}`));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(snippets.map((snippet, n) => ({ ...snippet, n })))(
  'it prints what it says: $title ($n)',
  ({ code, n }) => {
    const output = promisedOutput(code);
    expect(output).not.toBe('');
    expect(outcomes[n]).toEqual({ output });
  },
);

test('the guide shows both languages, everywhere', () => {
  const text = readFileSync('docs/from-go.md', 'utf8');
  expect(snippets.length).toBeGreaterThan(40);
  expect(text.match(/^```go$/gm)?.length).toBe(snippets.length);
});
