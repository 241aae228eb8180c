import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The text of all files below a folder. */
function sourcesBelow(folder: string, extension: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

/** Codes of Node.js that the sources look for, and that are never of our errors. */
const OF_NODE = new Set(['ERR_WORKER_OUT_OF_MEMORY']);

/** Every code of ours that is written as a text in the sources; comments write them otherwise. */
function codesInSources(): string[] {
  const rust = ['crates/binding/src', 'crates/runtime/src'];
  const text = [sourcesBelow('ts', '.ts'), ...rust.map((it) => sourcesBelow(it, '.rs'))].join('\n');
  const codes = [...text.matchAll(/['"](ERR_[A-Z0-9_]+)['"]|code: ['"](GOSCHED_[A-Z_]+)['"]/g)];
  const texts = codes.map(([, error, warning]) => error ?? (warning as string));
  return unique(texts.filter((code) => !OF_NODE.has(code)));
}

interface Row {
  readonly code: string;
  readonly cause: string;
  readonly fix: string;
}

/** The rows of a document's tables that begin with a code. */
function rowsOf(document: string): Row[] {
  const rows = readFileSync(document, 'utf8').split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    // `| code | cause | fix |`; a code stands between backticks.
    const [code = '', cause = '', fix = ''] = row.slice(2, -2).split(' | ');
    return { code: code.replaceAll('`', ''), cause: cause.trim(), fix: fix.trim() };
  });
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

test('errors.md has every code of the sources, once, and no other', () => {
  const codes = codesInSources();
  expect(codes.length).toBeGreaterThan(40);
  expect(rowsOf('docs/errors.md').map((row) => row.code).sort()).toEqual(codes);
});

test('errors.md has a cause and a fix for each', () => {
  const bare = rowsOf('docs/errors.md').filter(({ cause, fix }) => cause === '' || fix === '');
  expect(bare).toEqual([]);
});

test('closures.md has every code of what a closure may not do', () => {
  const text = readFileSync('docs/closures.md', 'utf8');
  const shown = [...text.matchAll(/`(ERR_GO_[A-Z_]+)`/g)].map(([, code]) => code as string);
  expect(unique(shown)).toEqual(codesInSources().filter((code) => code.startsWith('ERR_GO_')));
});
