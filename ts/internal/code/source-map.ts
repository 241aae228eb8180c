import { findSourceMap, SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { sourceMapUrlOf, toUrl } from './locate.js';

/** A place in the file the user wrote. Line and column count from 0. */
export interface OriginalPlace {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** Where a place in a compiled script was written; null when there is no map or it does not say. */
export function originalPlace(url: string, line: number, column: number): OriginalPlace | null {
  const entry = mapOf(url)?.findEntry(line, column);
  if (entry === undefined || !('originalSource' in entry)) return null;
  const { originalSource, originalLine, originalColumn } = entry;
  if (typeof originalSource !== 'string') return null;
  const absolute = toUrl(originalSource) ?? resolve(originalSource, url);
  return { url: absolute, line: originalLine, column: originalColumn };
}

/**
 * Rewrites the frames of an error that came from another isolate, which has no source map for a
 * function it was sent as text. Best effort: a frame without a map stays as it is.
 *
 * @param alreadyMapped Says which URLs the other isolate mapped itself (`mapsStackOf`, asked
 * there); mapping a frame twice would make it point anywhere.
 */
export function remapStack<E extends Error>(
  error: E,
  alreadyMapped: (url: string) => boolean = () => false,
): E {
  if (typeof error.stack !== 'string') return error;
  const stack = error.stack.replace(FRAME, (frame, head: string, script: string, l, c, tail) => {
    const url = toUrl(script);
    if (url === null || alreadyMapped(url)) return frame;
    const place = originalPlace(url, Number(l) - 1, Number(c) - 1);
    if (place === null) return frame;
    const shown = script === url ? place.url : shownFile(place.url);
    return `${head}${shown}:${place.line + 1}:${place.column + 1}${tail}`;
  });
  if (stack !== error.stack) {
    Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  }
  return error;
}

/** The scripts, as URLs, that a stack has frames of. */
export function scriptsIn(stack: string): string[] {
  const urls = new Set<string>();
  for (const [, , script] of stack.matchAll(FRAME)) {
    const url = toUrl(script);
    if (url !== null) urls.add(url);
  }
  return [...urls];
}

/** Whether this isolate maps the frames of that script itself when it formats a stack. */
export function mapsStackOf(url: string): boolean {
  const enabled = (process as { sourceMapsEnabled?: boolean }).sourceMapsEnabled;
  return enabled !== false && registeredMap(url) !== undefined;
}

/** A file's path, where there is one, as Node.js shows it. */
export function shownFile(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

const FRAME = /^(\s+at (?:.*\()?)((?:[a-z][a-z0-9+.-]+:|\/|[A-Z]:\\).*?):(\d+):(\d+)(\)?)$/gm;

function registeredMap(url: string): SourceMap | undefined {
  return (
    findSourceMap(url) ?? (url.startsWith('file:') ? findSourceMap(fileURLToPath(url)) : undefined)
  );
}

/** Maps that Node.js does not register: scripts evaluated by a test runner carry theirs inline. */
const inline = new Map<string, SourceMap | undefined>();

function mapOf(url: string): SourceMap | undefined {
  const registered = registeredMap(url);
  if (registered !== undefined) return registered;
  const source = sourceMapUrlOf(url);
  if (source === undefined || !source.startsWith('data:')) return undefined;
  if (!inline.has(source)) inline.set(source, decode(source));
  return inline.get(source);
}

function decode(dataUrl: string): SourceMap | undefined {
  try {
    const [head = '', body = ''] = dataUrl.split(/,(.*)/s, 2);
    const json = head.endsWith(';base64')
      ? Buffer.from(body, 'base64').toString()
      : decodeURIComponent(body);
    return new SourceMap(JSON.parse(json) as SourceMapPayload);
  } catch {
    return undefined;
  }
}

function resolve(source: string, base: string): string {
  try {
    return new URL(source, base).href;
  } catch {
    return source;
  }
}
