import { beforeAll, expect, test } from 'vitest';
import { type Attempt, runFixture } from './fixtures/run.js';

let results: Record<string, Attempt>;
beforeAll(async () => {
  results = await runFixture('exports.mjs');
});

test.each([
  ['double', 'math.mjs', 'double', 'namespace'],
  ['triple', 'math.mjs', 'triple', 'namespace'],
  ['quad', 'math.mjs', 'quad', 'namespace'],
  ['five', 'math.mjs', 'five', 'namespace'],
  ['renamed', 'math.mjs', 'renamed', 'namespace'],
  ['string', 'math.mjs', 'string name', 'namespace'],
  ['default', 'math.mjs', 'default', 'namespace'],
  ['notExported', 'math.mjs', 'notExported', 'namespace'],
  ['query', 'math.mjs?again', 'double', 'namespace'],
  ['named', 'default-named.mjs', 'default', 'namespace'],
  ['add', 'common.cjs', 'add', 'property'],
  ['own', 'common.cjs', 'own', 'property'],
  ['moduleExports', 'common-default.cjs', 'default', 'module.exports'],
  ['commonDefault', 'common-default.cjs', 'default', 'property'],
])(
  '%s is the export of %s, and importing it gives the same function',
  (subject, file, name, from) => {
    const url = new URL(`./fixtures/${file}`, import.meta.url).href;
    expect(results[subject]).toMatchObject({
      kind: 'export',
      url,
      name,
      from,
      value: [true, true],
    });
  },
);

test.each(['swapped', 'original'])('a binding that is assigned again is no export: %s', (name) => {
  expect(results[name]).toMatchObject({ kind: 'text' });
});

test.each(['inner', 'innerArrow', 'staticMethod'])(
  'what an export holds is no export: %s',
  (name) => {
    expect(results[name]).toMatchObject({ kind: 'text' });
  },
);

test('a function made by an exported one is no export', () => {
  expect(results['hidden']).toMatchObject({ kind: 'closure', values: 1 });
});

test('an export of the entry module is text, even while its top-level await is pending', async () => {
  const entry = await runFixture('unfinished.mjs');
  expect(entry['own']).toMatchObject({ kind: 'text' });
  expect(entry['double']).toMatchObject({ kind: 'export', name: 'double' });
  expect(entry['stateful']).toMatchObject({ kind: 'closure', values: 1 });
});

test('an export of a CommonJS entry module is text', async () => {
  const entry = await runFixture('sloppy.cjs');
  expect(entry['entry export']).toMatchObject({ kind: 'text', value: 1 });
});
