import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { placeOf, runCases, sourcePath } from './fixtures/run-cases.js';

const FILE = 'breakpoint.mjs';

test("a breakpoint in the user's file is hit in the goroutine, which sees what it captured", async () => {
  const { line } = placeOf(FILE, '// the breakpoint');
  const result = await runCases(sourcePath(FILE), [], String(line));
  const { href } = pathToFileURL(sourcePath(FILE));
  expect(result).toEqual({
    sum: 8,
    pauses: [{ hit: expect.stringContaining(href) as unknown, line, value: 8 }],
  });
});
