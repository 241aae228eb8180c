/**
 * One function on its way to another isolate, and what is known of where it is written. Used while
 * a function is seen for the first time, and to say where an error is.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CallSite } from './call-site.js';
import type { Place } from './capture-error.js';
import { scriptOf, sourceOf, toUrl, type FunctionLocation } from './locate.js';
import { originalPlace, shownFile } from './source-map.js';
import { offsetAt, positionAt, shift, type Position } from './source-text.js';

export class Subject {
  readonly name: string;
  readonly text: string;
  /** Where V8 says it is; null without an inspector. */
  readonly location: FunctionLocation | null;
  /** The script it is written in, when that is known and has a URL. */
  readonly url: string | null;
  readonly isModule: boolean | undefined;
  /** Where the text starts, when it was found by searching the caller's file for it. */
  readonly #found: Position | null = null;

  constructor(
    name: string,
    text: string,
    location: FunctionLocation | null,
    site: CallSite | null,
  ) {
    this.name = name;
    this.text = text;
    this.location = location;
    const script = this.location && scriptOf(this.location.scriptId);
    const found = this.location === null && site !== null ? findInFile(text, site) : null;
    this.url = script?.url ?? found?.url ?? null;
    this.isModule = script?.isModule;
    if (found !== null) this.#found = found.start;
  }

  /** What the function says of itself in an error. */
  get label(): string {
    return this.name === '' ? 'the function' : `function '${this.name}'`;
  }

  /** The text of the whole script, as V8 compiled it. */
  scriptSource(): string | null {
    return this.location && (this.#sourceFile() ?? sourceOf(this.location.scriptId));
  }

  /**
   * The file, if that is what V8 compiled: plain JavaScript which has this very text at this very
   * place. Asking V8 instead enables the debugger, tens of milliseconds the first time.
   */
  #sourceFile(): string | null {
    if (this.url === null || !/^file:.*\.[cm]?js$/.test(this.url)) return null;
    try {
      const source = readFileSync(fileURLToPath(this.url), 'utf8');
      const near = offsetAt(source, this.location!);
      const from = Math.max(0, near - this.text.length);
      return source.slice(from, near + this.text.length).includes(this.text) ? source : null;
    } catch {
      return null;
    }
  }

  /**
   * Where the text starts in the script, given the offset in it of the place that V8 reports.
   * Null when unknown.
   */
  start(anchor: number): Position | null {
    if (this.location === null) return this.#found;
    const inner = positionAt(this.text, anchor);
    return {
      line: this.location.line - inner.line,
      // Further down, the first line's column is not known; only places on that line are off.
      column: inner.line === 0 ? this.location.column - inner.column : 0,
    };
  }

  /** The place, in the user's file, of an offset in the text. */
  place(anchor: number, offset: number): Place {
    const inner = positionAt(this.text, offset);
    const start = this.start(anchor);
    return start === null
      ? { file: null, line: inner.line + 1, column: inner.column + 1 }
      : this.#show(shift(start, inner));
  }

  /** The place of the function itself, for an error about all of it. Null when unknown. */
  get ownPlace(): Place | null {
    const at = this.location ?? this.#found;
    return at === null ? null : this.#show(at);
  }

  #show(at: Position): Place {
    // Source maps are known only once the debugger has listed the scripts.
    if (this.location !== null) scriptOf(this.location.scriptId, true);
    const place = this.url === null ? null : originalPlace(this.url, at.line, at.column);
    const { line, column } = place ?? at;
    const url = place?.url ?? this.url;
    return { file: url === null ? null : shownFile(url), line: line + 1, column: column + 1 };
  }
}

/**
 * Without an inspector: a function is mostly written where it is used, so look for its text in the
 * caller's file, after the call first.
 */
function findInFile(text: string, site: CallSite): { url: string; start: Position } | null {
  const url = toUrl(site.file);
  if (url === null || !url.startsWith('file:')) return null;
  try {
    const source = readFileSync(fileURLToPath(url), 'utf8');
    const after = source.indexOf(text, site.offset);
    const at = after === -1 ? source.lastIndexOf(text) : after;
    return at === -1 ? null : { url, start: positionAt(source, at) };
  } catch {
    return null;
  }
}
