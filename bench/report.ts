/** The results in `bench/README.md`: what stands between the two markers is written here. */

import { headerLines, type Header } from './machine.js';
import { verdictOf, type Row } from './row.js';
import { markdownTable, shortfall } from './tables.js';

const BEGIN = '<!-- results: written by `npm run bench -- --report`, not by hand -->';
const END = '<!-- end of results -->';

/** @returns the text with its results replaced, or undefined when it lacks the markers */
export function withResults(
  text: string,
  header: Header,
  rows: readonly Row[],
): string | undefined {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) return undefined;
  const results = resultsOf(header, rows);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${results}\n\n${text.slice(end)}`;
}

function resultsOf(header: Header, rows: readonly Row[]): string {
  const suites = [...new Set(rows.map(({ suite }) => suite))];
  const tables = suites.map(
    (suite) => `### ${suite}\n\n${markdownTable(rows.filter((row) => row.suite === suite))}`,
  );
  const facts = headerLines(header).map((line) => `- ${line}`);
  return [facts.join('\n'), shortfallsOf(rows), ...tables].join('\n\n');
}

/** Losses first, then targets missed. */
function shortfallsOf(rows: readonly Row[]): string {
  const listed = (title: string, verdict: 'loss' | 'missed'): string => {
    const found = rows.filter((row) => verdictOf(row) === verdict);
    const lines = found.length === 0 ? ['none'] : found.map((row) => `- ${shortfall(row)}`);
    return `### ${title}\n\n${lines.join('\n')}`;
  };
  return `${listed('Losses', 'loss')}\n\n${listed('Targets missed', 'missed')}`;
}
