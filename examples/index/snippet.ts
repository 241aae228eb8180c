import { readFileSync } from 'node:fs';

import { tokenise } from './tokenise.js';

/** A file found by the query is looked at up to here for a line to show. */
const LOOK_AT_CHARACTERS = 1 << 20;

/** The first of the lines with the most different words of the query; empty if there is none. */
export function snippet(path: string, query: string, width: number): string {
  const wanted = [...tokenise(query).keys()];
  let best = '';
  let most = 0;
  for (const line of linesOf(path)) {
    const terms = tokenise(line);
    const found = wanted.filter((term) => terms.has(term)).length;
    if (found > most) [best, most] = [line, found];
    if (most === wanted.length) break;
  }
  return shorten(best, wanted, width);
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').slice(0, LOOK_AT_CHARACTERS).split(/\r?\n/);
  } catch {
    return []; // Gone since it was indexed: the hit is shown without a line.
  }
}

/** Cuts `line` to `width` around the first word that was looked for. */
function shorten(line: string, wanted: readonly string[], width: number): string {
  // Control characters in a file must not reach the terminal.
  const clean = line.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  if (clean.length <= width) return clean;
  const lower = clean.toLowerCase();
  const places = wanted.map((term) => lower.indexOf(term)).filter((at) => at >= 0);
  const first = places.length > 0 ? Math.min(...places) : 0;
  const start = Math.min(Math.max(0, first - 10), clean.length - width);
  return `${start > 0 ? '…' : ''}${clean.slice(start, start + width).trim()}…`;
}
