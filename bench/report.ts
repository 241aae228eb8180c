/** The results in `bench/README.md`: what stands between the markers is written here. */

import { SPEED_UP } from './charts.js';
import { ratioTo, verdictOf, type Row } from './row.js';
import { factsOf, type Run } from './runs.js';
import { markdownTable, shortfall } from './tables.js';

/** The first paragraph, and the results. */
const SUMMARY = markers('summary');
const RESULTS = markers('results');

type Markers = readonly [begin: string, end: string];

function markers(name: string): Markers {
  return [
    `<!-- ${name}: written by \`npm run bench -- --report\`, not by hand -->`,
    `<!-- end of ${name} -->`,
  ];
}

/** @returns the text with its results replaced, or undefined when it lacks the markers */
export function withResults(
  text: string,
  runs: readonly Run[],
  charts: readonly string[],
): string | undefined {
  const withSummary = replaced(text, SUMMARY, behindOf(runs.flatMap(({ rows }) => rows)));
  return withSummary && replaced(withSummary, RESULTS, resultsOf(runs, charts));
}

function replaced(text: string, [begin, end]: Markers, inner: string): string | undefined {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return undefined;
  return `${text.slice(0, from + begin.length)}\n\n${inner}\n\n${text.slice(to)}`;
}

function resultsOf(runs: readonly Run[], charts: readonly string[]): string {
  const rows = runs.flatMap((run) => run.rows);
  const suites = [...new Set(rows.map(({ suite }) => suite))];
  const tables = suites.map((suite) => {
    const picture = charts.includes(`${suite}.svg`) ? `![${suite}](charts/${suite}.svg)\n\n` : '';
    const of = rows.filter((row) => row.suite === suite);
    return `### ${suite}\n\n${picture}${markdownTable(of)}${failuresOf(of)}`;
  });
  const curve = charts.includes(SPEED_UP) ? [`![speed-up](charts/${SPEED_UP})`] : [];
  return [factsOf(runs), shortfallsOf(rows), ...curve, ...tables].join('\n\n');
}

/** The first paragraph: whoever is ahead of us anywhere, by name. */
function behindOf(rows: readonly Row[]): string {
  const counts = new Map<string, number>();
  let behind = 0;
  for (const row of rows) {
    const ahead = Object.keys(row.peers).filter((peer) => ratioTo(row, peer)! < 1);
    if (ahead.length > 0) behind++;
    for (const peer of ahead) counts.set(peer, (counts.get(peer) ?? 0) + 1);
  }
  if (behind === 0) return `Nobody is ahead of us in any of the ${rows.length} rows.`;
  const ranked = [...counts].sort(([, a], [, b]) => b - a);
  const names = ranked.map(([peer, count]) => `${peer} in ${count}`).join(', ');
  return `In ${behind} of ${rows.length} rows somebody is ahead of us: ${names}.`;
}

/** What peers did that have no number in a row, told once for each of them. */
function failuresOf(rows: readonly Row[]): string {
  const told = new Map<string, string[]>();
  for (const { name, failures = {} } of rows) {
    for (const [peer, why] of Object.entries(failures)) {
      const key = why.startsWith(peer) ? why : `${peer}: ${why}`;
      told.set(key, [...(told.get(key) ?? []), name]);
    }
  }
  const lines = [...told].map(([why, names]) => `- ${names.join('; ')}: ${why}`);
  return lines.length === 0 ? '' : `\n\n${lines.join('\n')}`;
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
