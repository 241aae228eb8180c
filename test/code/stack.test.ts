import { beforeAll, expect, test } from 'vitest';
import { fixturePath, marked, runFixture } from './fixtures/run.js';

let stacks: Record<string, string>;
beforeAll(async () => {
  stacks = await runFixture<string>('stack.mjs');
});

test.each([
  ['arrow', 'go func', 'stack.mjs'],
  ['second line', 'named', 'stack.mjs'],
  ['method', 'method', 'stack.mjs'],
  ['async', 'go func', 'stack.mjs'],
  ['export', 'boom', 'boom.mjs'],
])("an error thrown in a worker points at the user's file: %s", (name, fn, file) => {
  const { line, column } = marked(file, name);
  const url = new URL(`./fixtures/${file}`, import.meta.url).href;
  expect(stacks[name]!.split('\n')[1]).toBe(`    at ${fn} (${url}:${line}:${column})`);
});

test("without an inspector the text is looked for in the caller's file", async () => {
  const results = await runFixture('no-inspector.mjs');
  expect(results['bad']).toMatchObject({
    code: 'ERR_GO_CAPTURE',
    variable: 'limit',
    file: fixturePath('no-inspector.mjs'),
    ...marked('no-inspector.mjs', 'x'),
  });
  expect(results['good']).toMatchObject({ kind: 'text', line: 6, column: 22 });
  expect(results['imports']).toMatchObject({
    url: new URL('./fixtures/no-inspector.mjs', import.meta.url).href,
  });
});
