import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { refused, succeeds } from './fixtures/expected.js';
import { type Cases, major, placeOf, runCases, sourcePath } from './fixtures/run-cases.js';

/** Where compiled tests are, whose fixtures are compiled as well. */
const compiled = fileURLToPath(new URL('./fixtures/cases.js', import.meta.url));

const ways: [way: string, options: string[], file: string][] = [
  ['compiled', [], compiled],
  ['where V8 does not tell places', ['--require', sourcePath('without-places.cjs')], compiled],
];
if (major >= 22) {
  const options = ['--experimental-strip-types', '--no-warnings'];
  ways.push(['with its types stripped', options, sourcePath('cases.ts')]);
}

describe.each(ways)('%s', (_way, options, file) => {
  let cases: Cases;
  beforeAll(async () => {
    cases = await runCases(file, options);
  });

  test.each(succeeds)('a goroutine has what is around it: %s', (name, value) => {
    expect(cases[name]).toEqual(value);
  });

  test.each(refused)('it is refused by go() itself: %s', (name, code, variable, chain) => {
    expect(cases[name]).toMatchObject({ name: 'GoCaptureError', code, variable, chain });
    expect(cases[name]!.message).toContain(`${file}:${cases[name]!.line}:`);
  });

  test.runIf(major >= 22)('a variable whose declaration has not run is refused', () => {
    expect(cases['E not initialized yet']).toMatchObject({ code: 'ERR_GO_TDZ', variable: 'late' });
  });

  test('none is left out', () => {
    const known = [...succeeds, ...refused].map(([name]) => name as string);
    const apart = ['E not initialized yet', 'E throw', 'E throw in an imported function'];
    expect(
      Object.keys(cases).filter((name) => !known.includes(name) && !apart.includes(name)),
    ).toEqual([]);
  });
});

const traced: [way: string, options: string[], file: string][] = [
  ['mapped by --enable-source-maps', ['--enable-source-maps'], compiled],
  ...ways.slice(2),
];

describe.each(traced)('the stack of an error shows the line that was written, %s', (...how) => {
  const [, options, file] = how;

  test.each([
    ['E throw', 'thrower', 'cases.ts', 'throw new TypeError'],
    ['E throw in an imported function', 'fail', 'imported.ts', 'throw new RangeError'],
  ])('%s', async (name, fn, source, text) => {
    const cases = await runCases(file, options, name);
    const { line } = placeOf(source, text);
    expect(cases[name]!.stack).toMatch(
      new RegExp(`at ${fn} \\(.*/test/closures/fixtures/${source}:${line}:\\d+\\)`),
    );
  });
});
