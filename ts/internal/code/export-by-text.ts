/**
 * The quick way to recognise an exported function: its module's file has its very text, on the line
 * where V8 says it is, right behind `export`. Sure when it says yes, and it says no in all other
 * cases (compiled or transformed sources, `export { f }`, constants), which `exports.ts` decides.
 *
 * Without it the first `go()` of a program spends 40 to 60 ms on the debugger and on a parser.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isEntry } from './entry.js';
import { inspectFunction, urlWithoutDebugger } from './locate.js';

/** Where a function can be imported from, and under which name. */
export interface FoundExport {
  readonly url: string;
  readonly name: string;
}

const DECLARATION = /^(?:async\s+)?function\s+([A-Za-z_$][\w$]*)\s*\(/;

export function exportByText(fn: Function, text: string): FoundExport | null {
  const name = DECLARATION.exec(text)?.[1];
  if (name === undefined) return null;
  const location = inspectFunction(fn)?.location;
  const url = location ? urlWithoutDebugger(location.scriptId) : null;
  if (!location || url === null || !url.startsWith('file:') || isEntry(url)) return null;
  const source = read(url);
  if (source === null || mayBeAssigned(source, name)) return null;
  for (const [keyword, exported] of [
    ['export ', name],
    ['export default ', 'default'],
  ] as const) {
    const at = source.indexOf(keyword + text);
    const startsLine = at === 0 || source[at - 1] === '\n';
    // V8's place is the parenthesis, which the pattern above has on the first or a later line.
    const line = at === -1 ? -1 : linesIn(source.slice(0, at)) + linesIn(headOf(text));
    if (startsLine && line === location.line) return { url, name: exported };
  }
  return null;
}

function read(url: string): string | null {
  try {
    return readFileSync(fileURLToPath(url), 'utf8');
  } catch {
    return null;
  }
}

/** If the module gives the name to something else, the export is something else. Errs on yes. */
function mayBeAssigned(source: string, name: string): boolean {
  const escaped = name.replaceAll('$', '\\$');
  return new RegExp(`(?<![\\w$.])${escaped}\\s*(?:[-+*/%&|^?<>]*=(?!=)|\\+\\+|--)`).test(source);
}

function headOf(text: string): string {
  return text.slice(0, text.indexOf('('));
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
