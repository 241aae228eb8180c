import { readFileSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as gosched from 'gosched';
import * as runtime from 'gosched/runtime';
import * as testing from 'gosched/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, runSnippets } from './snippets.js';

/** An `@example` of a documentation comment. */
interface Example {
  readonly file: string;
  /** What is documented, as declared. */
  readonly of: string;
  readonly code: string;
}

function examplesIn(file: string): Example[] {
  const source = readFileSync(join('ts', file), 'utf8');
  const comments = source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/(?=\s*(.*))/g);
  return [...comments].flatMap(([, comment = '', of = '']) => {
    const text = comment.replaceAll(/^ *\* ?/gm, '');
    const [, ...examples] = text.split(/^@example\n/m);
    return examples.map((it) => ({ file, of, code: it.split(/^@/m)[0]?.trim() ?? '' }));
  });
}

const examples = readdirSync('ts', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .flatMap(examplesIn);

const surroundings = 'test/docs/fixtures/surroundings.mts';
const exported = /^export (?:\{|(?:async )?(?:const|function|interface)) (\w+)/gm;
const given = [...readFileSync(surroundings, 'utf8').matchAll(exported)].map(([, name = '']) => name);

/** Those of the names that the code uses and does not declare. */
function usedIn(code: string, names: readonly string[]): string {
  const uses = (name: string): boolean => new RegExp(`(?<![.'\\w])${name}\\b(?!:)`).test(code);
  const declares = (name: string): boolean =>
    new RegExp(`(?:const|using|for \\(const) (?:[{[][^=]*)?\\b${name}\\b`).test(code);
  return names.filter((name) => uses(name) && !declares(name)).join(', ');
}

function moduleOf({ code }: Example): string {
  const imports = [
    `import { ${usedIn(code, Object.keys(gosched))} } from 'gosched';`,
    `import { ${usedIn(code, Object.keys(runtime))} } from 'gosched/runtime';`,
    `import { ${usedIn(code, Object.keys(testing))} } from 'gosched/testing';`,
    "import type { Context } from 'gosched';",
    `import { ${usedIn(code, given)} } from './surroundings.mjs';`,
  ];
  return [...imports, code, 'export {};'].join('\n');
}

// In the checkout, so that the package is found by its name.
const folder = fileURLToPath(new URL(`./examples-${process.pid}`, import.meta.url));
let outcomes: readonly Outcome[];
beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  await copyFile(surroundings, join(folder, 'surroundings.mts'));
  await writeFile(join(folder, 'log.txt'), 'a line\n');
  await writeFile(join(folder, 'config.json'), '{}');
  outcomes = await runSnippets(folder, examples.map(moduleOf));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(examples.map((example, n) => ({ ...example, n })))(
  'the example compiles and runs: $file, $of',
  ({ n }) => {
    expect(outcomes[n]).toEqual({ output: expect.any(String) });
  },
);

/** Errors are met, not made; these say all in a sentence. */
const without = /^(?:isContext|todo|Inf|SendCase|Guard)$|Error$|^(?:Canceled|DeadlineExceeded|Deadlock|GoPanic|IsolateDied|PoolClosed|RateExceeded|BreakerOpen)$/;

test('every function and class of the package has an example', () => {
  const modules: object[] = [gosched, runtime, testing];
  const spaces = Object.values(gosched).filter((value) => typeof value === 'object');
  const names = [...modules, ...spaces].flatMap((it) =>
    Object.entries(it).filter(([, value]) => typeof value === 'function').map(([name]) => name),
  );
  const text = examples.map((example) => `${example.of}\n${example.code}`).join('\n');
  const missing = names.filter((name) => !without.test(name) && !new RegExp(`\\b${name}\\b`).test(text));
  expect(missing).toEqual([]);
});
