import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { publicCallables } from './surface.js';
import { rows, type Row } from './rows.js';
import { wrongValues, type Kind } from './wrong-values.js';

test('every public name has a row', () => {
  const known = new Set(Object.keys(rows).map((name) => name.replace(/ \{.*/, '')));
  const names = publicCallables();
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !names.includes(name))).toEqual([]);
});

/** The codes that docs/errors.md lists. */
const documented = new Set(
  readFileSync(fileURLToPath(new URL('../../docs/errors.md', import.meta.url)), 'utf8').match(
    /\b(?:ERR|GOSCHED)_\w+/g,
  ),
);

/** Far more than a call takes to refuse; reaching it means that it never will. */
const HANGS_AFTER = 10_000;

interface Ending {
  readonly error?: unknown;
  readonly pending?: true;
}

/** How a call ends: with nothing, in an error, or not at all while many turns pass. */
async function endingOf(call: () => unknown, patience: Promise<Ending>): Promise<Ending> {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return { error };
  }
  if (!(result instanceof Promise)) return {};
  return Promise.race([result.then(() => ({}), (error: unknown) => ({ error })), patience]);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? ((error as { code?: unknown }).code ?? error.stack) : error;
}

/** What is wrong with how the call takes that value, if anything is. */
async function judge(
  { params, call }: Row,
  at: number,
  what: string,
): Promise<string | null> {
  const value = wrongValues[what]!();
  const { refuses, tries } = params[at] as Kind;
  const code = refuses(value, what);
  if (code === null && !tries) return null;
  const args = params.map(({ good }, n) => (n === at ? value : good())) as never[];
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<Ending>((resolve) => {
    if (code === null) setImmediate(resolve, { pending: true });
    else timer = setTimeout(resolve, HANGS_AFTER, { pending: true });
  });
  const { error, pending } = await endingOf(() => call(...args), patience);
  clearTimeout(timer);
  if (code === null) {
    // What a program's own getter throws is the program's.
    const isItsOwn = error instanceof Error && error.message === 'looked at';
    if (error === undefined || isItsOwn || documented.has(codeOf(error) as string)) return null;
    return `${what}: ${String(codeOf(error))}`;
  }
  if (pending) return `${what}: hangs`;
  if (error === undefined) return `${what}: is taken`;
  return codeOf(error) === code ? null : `${what}: ${String(codeOf(error))} instead of ${code}`;
}

describe('a wrong argument is an error at the call, with a stable code', () => {
  test.each(Object.entries(rows))('%s', async (_, row) => {
    const wrong: string[] = [];
    for (let at = 0; at < row.params.length; at++) {
      for (const what of Object.keys(wrongValues)) {
        const fault = await judge(row, at, what);
        if (fault !== null) wrong.push(`argument ${at}: ${fault}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
