// Tables that a command writes into a document, between marks: `<!-- npm run endings -->` … `<!-- end -->`.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Failure, root } from './commands.mjs';

/** Rows of cells, the head first, as Markdown. */
export function markdown([head, ...rows]) {
  const all = [head, head.map(() => '---'), ...rows];
  return all.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The rows of a table that was written before, with the head first; none if there is none. */
export function rowsBetween(document, mark) {
  const { text, from, end } = placeOf(document, mark);
  const lines = text.slice(from, end).split('\n').filter((line) => line.startsWith('| '));
  const rows = lines.map((line) => line.slice(2, -2).split(' | '));
  return rows.filter((_, n) => n !== 1); // the rule below the head
}

/** Replaces what stands in a document between the mark and the next end. */
export function writeBetween(document, mark, text) {
  const { text: before, from, end } = placeOf(document, mark);
  writeFileSync(join(root, document), `${before.slice(0, from)}\n${text}\n\n${before.slice(end)}`);
}

function placeOf(document, mark) {
  const text = readFileSync(join(root, document), 'utf8');
  const start = text.indexOf(`<!-- ${mark} -->\n`);
  const end = text.indexOf('<!-- end -->', start);
  if (start < 0 || end < 0) throw new Failure(`${document} has no place for the table of ${mark}`);
  return { text, from: start + `<!-- ${mark} -->\n`.length, end };
}
