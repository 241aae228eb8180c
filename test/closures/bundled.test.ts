import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refused, succeeds } from './fixtures/expected.js';
import { type Cases, runCases, sourcePath } from './fixtures/run-cases.js';

/**
 * Cases that come out otherwise in a bundle, where the modules that were imported are part of the
 * program and captured like the rest of it.
 */
const otherwise: Record<string, string> = {
  // They keep state: a copy of it would not be the module's.
  'imported function keeps its module': 'ERR_GO_WRITE',
  // The bundler makes the module a function that remembers having run.
  'dynamic import': 'ERR_GO_WRITE',
  // It adds methods to its functions' prototypes.
  'npm package': 'ERR_GO_CLONE',
  // The variable was renamed, the key given for it was not.
  'go.with replaces': 'ERR_GO_UNUSED',
  'go.with': 'ERR_GO_UNUSED',
};

describe('bundled and minified into one file', () => {
  const file = fileURLToPath(new URL(`./bundle-${process.pid}.mjs`, import.meta.url));
  let cases: Cases;
  beforeAll(async () => {
    const bundle = await rolldown({
      input: sourcePath('cases.ts'),
      external: ['gosched'],
      platform: 'node',
      logLevel: 'silent',
    });
    await bundle.write({ file, minify: true, codeSplitting: false });
    cases = await runCases(file);
  });
  afterAll(() => rm(file, { force: true }));

  test.each(succeeds.filter(([name]) => !(name in otherwise)))('%s', (name, value) => {
    expect(cases[name]).toEqual(value);
  });

  test.each(Object.entries(otherwise))('it is refused in a bundle: %s', (name, code) => {
    expect(cases[name]).toMatchObject({ name: 'GoCaptureError', code });
  });

  test.each(refused)('it is refused by go() itself: %s', (name, code, _variable, chain) => {
    expect(cases[name]).toMatchObject({ name: 'GoCaptureError', code });
    expect(cases[name]!.chain).toHaveLength(chain.length);
  });
});
