/** Functions that a loaded module exports, as another isolate can import them. */
import { isEntry } from './entry.js';
import {
  commonJsExport,
  exportedName,
  exportTable,
  loadedCommonJs,
  type ExportTable,
} from './exports.js';
import type { ExportProgram } from './program.js';
import type { Subject } from './subject.js';

/** The export that the function is, or null. The entry module's do not count: it cannot be imported. */
export function describeExport(fn: Function, subject: Subject): ExportProgram | null {
  const { url } = subject;
  if (url === null || !url.startsWith('file:') || isEntry(url)) return null;
  const commonJs = loadedCommonJs(url);
  if (commonJs !== null) {
    const found = commonJsExport(fn, commonJs);
    if (found !== null) return exportProgram(url, found.name, found.from);
  }
  // V8 names every function that an `export` can name; an anonymous one is none, which saves
  // reading the script.
  if (fn.name === '' || commonJs !== null || subject.location === null) return null;
  const name = exportedName(tableOf(subject), subject.location);
  return name === null ? null : exportProgram(url, name, 'namespace');
}

export function exportProgram(
  url: string,
  name: string,
  from: ExportProgram['from'],
): ExportProgram {
  return { kind: 'export', key: `export ${from} ${name} ${url}`, url, name, from };
}

const tables = new Map<string, ExportTable>();

function tableOf(subject: Subject): ExportTable {
  const { scriptId } = subject.location!;
  let table = tables.get(scriptId);
  if (table === undefined) {
    table = exportTable(subject.scriptSource() ?? '');
    tables.set(scriptId, table);
  }
  return table;
}
