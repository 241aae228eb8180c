import { readFileSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as gosched from 'gosched';
import * as runtime from 'gosched/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Outcome, promisedOutput, runSnippets } from './snippets.js';

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

const entries = readFileSync('ts/index.ts', 'utf8') + readFileSync('ts/sync/index.ts', 'utf8');
const types = [...entries.matchAll(/^export type \{ (.*) \}/gm)].flatMap(([, names = '']) => names.split(', '));

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
    `import type { ${usedIn(code, types)} } from 'gosched';`,
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

const anything: unknown = expect.any(String);

test.each(examples.map((example, n) => ({ ...example, n })))(
  'the example compiles and runs: $file, $of',
  ({ code, n }) => {
    // If it says what it prints it says all of it.
    expect(outcomes[n]).toEqual({ output: promisedOutput(code) || anything });
  },
);
