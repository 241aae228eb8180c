import { realpathSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The program's entry module. Another isolate must never import it: that would run the program
 * once more.
 */

const entries = new Set<string>();

/** Marks a module as an entry; an isolate that runs goroutines learns the main program's this way. */
export function addEntry(url: string): void {
  entries.add(url);
}

/** Whether the URL is that of an entry module. */
export function isEntry(url: string): boolean {
  if (EVALUATED.test(url)) return true;
  const script = process.argv[1];
  if (script !== undefined && path.isAbsolute(script)) {
    const plain = url.replace(/[?#].*$/, '');
    for (const file of [script, realPath(script)]) {
      const entry = pathToFileURL(file).href;
      // `node app` runs app.js, or app/index.js.
      if (plain === entry || (plain.startsWith(entry) && EXTENSION.test(plain.slice(entry.length))))
        return true;
    }
  }
  return entries.has(url);
}

const EXTENSION = /^(\/index)?\.[cm]?[jt]sx?$/;

/** What Node.js calls a program that came from `--eval` or standard input. */
const EVALUATED = /\/(\[|%5B)(eval\d*|stdin)(\]|%5D)$/i;

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
