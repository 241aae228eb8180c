/** The results that are kept: each suite's, from the last run that it was in. */

import { type Header, headerLines } from './machine.js';
import type { Row } from './row.js';

/** What one call of `npm run bench` measured. */
export interface Run {
  readonly header: Header;
  readonly rows: readonly Row[];
}

export function suitesOf({ rows }: Run): readonly string[] {
  return [...new Set(rows.map(({ suite }) => suite))];
}

/** @returns the runs kept so far, with those of the new run's suites replaced */
export function kept(before: readonly Run[], run: Run): readonly Run[] {
  const again = new Set(suitesOf(run));
  const others = before.map(({ header, rows }) => ({
    header,
    rows: rows.filter(({ suite }) => !again.has(suite)),
  }));
  return [...others.filter(({ rows }) => rows.length > 0), run];
}

/** Where the numbers come from. What all runs have in common is said once. */
export function factsOf(runs: readonly Run[]): string {
  const all = runs.map(({ header }) => headerLines(header));
  const common = (all[0] ?? []).filter((line) => all.every((lines) => lines.includes(line)));
  const own = runs.map((run, n) => {
    const rest = (all[n] ?? []).filter((line) => !common.includes(line));
    return rest.length === 0 ? undefined : `- ${suitesOf(run).join(', ')}: ${rest.join('; ')}`;
  });
  return [...common.map((line) => `- ${line}`), ...own.filter((line) => line !== undefined)].join('\n');
}
