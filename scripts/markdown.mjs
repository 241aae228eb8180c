// Tables that a command writes into a document, between marks: `<!-- npm run endings -->` … `<!-- end -->`.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Failure, root } from './commands.mjs';

/** Rows of cells, the head first, as Markdown. */
export function markdown([head, ...rows]) {
  const all = [head, head.map(() => '---'), ...rows];
  return all.map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Replaces what stands in a document between the mark and the next end. */
export function writeBetween(document, mark, text) {
  const file = join(root, document);
  const before = readFileSync(file, 'utf8');
  const start = before.indexOf(`<!-- ${mark} -->\n`);
  const end = before.indexOf('<!-- end -->', start);
  if (start < 0 || end < 0) throw new Failure(`${document} has no place for the table of ${mark}`);
  const from = start + `<!-- ${mark} -->\n`.length;
  writeFileSync(file, `${before.slice(0, from)}\n${text}\n\n${before.slice(end)}`);
}
