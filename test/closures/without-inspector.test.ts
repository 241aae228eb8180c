import { describe, expect, test } from 'vitest';
import { major, placeOf, runCases, sourcePath } from './fixtures/run-cases.js';

const FILE = 'without-inspector.mjs';
const permission = ['--permission', '--allow-fs-read=*', '--allow-addons', '--allow-worker'];

const ways: [way: string, options: string[], name?: string][] = [['stubbed', [], 'stub']];
if (major >= 24) ways.push(['under --permission', [...permission, '--no-warnings']]);

describe.each(ways)('without an inspector, %s', (_way, options, name) => {
  const run = () => runCases(sourcePath(FILE), options, name);

  test('values and functions are given by name', async () => {
    expect(await run()).toMatchObject({
      'nothing captured': 2,
      given: 40,
      'a function is given': 8,
    });
  });

  test('a variable that is not given is an error that says how to give it', async () => {
    const cases = await run();
    const refused = {
      code: 'ERR_GO_CAPTURE',
      variable: 'limit',
      message: expect.stringContaining('go.with({ limit }, fn, ...args)') as unknown,
    };
    expect(cases['captured']).toMatchObject({
      ...refused,
      file: sourcePath(FILE),
      ...placeOf(FILE, "attempt('captured'"),
    });
    expect(cases['not all given']).toMatchObject(refused);
    expect(cases['a function is given that captures']).toMatchObject(refused);
  });
});
