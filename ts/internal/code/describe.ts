import { callSite, type CallSite } from './call-site.js';
import { GoCaptureError } from './capture-error.js';
import { checkCaptures, checkKind, checkSource } from './check.js';
import { isEntry } from './entry.js';
import {
  commonJsExport,
  exportedName,
  exportTable,
  loadedCommonJs,
  type ExportTable,
} from './exports.js';
import { exportByText } from './export-by-text.js';
import { isEcmaScript } from './globals.js';
import { dependsOnFile, META } from './injected.js';
import { inspectFunction, learnScriptsFromStack } from './locate.js';
import { ParseFailure, parseFunction, type ParsedFunction } from './parse.js';
import type { ExportProgram, Program, TextProgram } from './program.js';
import { Subject } from './subject.js';

/**
 * Turns a function into what another isolate needs to run it.
 *
 * A function that a loaded module exports, other than the entry module, is named by module and
 * export. Any other is given by its text, and must not use anything of the scopes around it.
 *
 * Cheap when repeated: by identity, and for a new closure of the same text as in `Twins`.
 *
 * @param above Whose caller counts as the place where the function is used.
 * @throws GoCaptureError when the function cannot run elsewhere.
 */
export function describe(fn: Function, above: Function = describe): Program {
  const known = byFunction.get(fn);
  if (known !== undefined) return known;
  checkKind(fn);
  const text: string = toSource.call(fn);
  const twins = byText.get(text);
  if (twins?.anywhere !== undefined && !isSloppy(fn, text)) return twins.anywhere;
  const program = describeAt(fn, text, twins, callSite(above));
  byFunction.set(fn, program);
  return program;
}

const toSource = Function.prototype.toString;
const byFunction = new WeakMap<Function, Program>();

/**
 * Programs of the same text. Two closures of one text are one program only if they are written in
 * one place: elsewhere a name may mean something else, and stacks would point at the wrong file.
 * Only the inspector tells the place for certain, in about 50 us, so it is asked as seldom as is
 * safe:
 * - a function that uses nothing but the language, and throws nothing itself, is the same
 *   anywhere. Only the stack of an accidental error may show a twin's place;
 * - one with `import()` or `import.meta` means what its file makes it mean: the inspector is asked;
 * - any other is known by the place of the call that uses it (2 us). Two functions of one text that
 *   go through one call, from a wrapper of the user's, count as the same.
 */
interface Twins {
  anywhere?: Program;
  readonly bySite: Map<string, Program>;
  byPlace: boolean;
}

const byText = new Map<string, Twins>();

/** Programs that make functions of ever new text must not fill the memory. */
const MAX_TEXTS = 10_000;

function twinsOf(text: string): Twins {
  let twins = byText.get(text);
  if (twins === undefined) {
    if (byText.size >= MAX_TEXTS) byText.clear();
    byText.set(text, (twins = { bySite: new Map(), byPlace: false }));
  }
  return twins;
}

function describeAt(
  fn: Function,
  text: string,
  known: Twins | undefined,
  site: CallSite | null,
): Program {
  const key = twinKey(fn, text, known, site);
  const twin = key === null ? undefined : known?.bySite.get(key);
  if (twin !== undefined) return twin;
  const quick = exportByText(fn, text);
  if (quick !== null) return exportProgram(quick.url, quick.name, 'namespace');
  learnScriptsFromStack();
  const subject = new Subject(fn, text, site);
  checkSource(fn, text, subject.url);
  const exported = describeExport(subject);
  if (exported !== null) return exported;
  const parsed = parse(subject);
  const program = describeText(subject, parsed, checkCaptures(subject, parsed));
  remember(subject, parsed, program, site);
  return program;
}

function twinKey(
  fn: Function,
  text: string,
  twins: Twins | undefined,
  site: CallSite | null,
): string | null {
  if (twins === undefined) return null;
  const location = twins.byPlace ? inspectFunction(fn, [])?.location : undefined;
  return location ? placeKey(location) : siteKey(fn, text, site);
}

function siteKey(fn: Function, text: string, site: CallSite | null): string {
  return `${isSloppy(fn, text) ? 'sloppy ' : ''}${site?.offset} ${site?.file}`;
}

function placeKey(location: { scriptId: string; line: number; column: number }): string {
  return `${location.scriptId} ${location.line} ${location.column}`;
}

function remember(
  { fn, text, location }: Subject,
  { analysis, strict }: ParsedFunction,
  program: TextProgram,
  site: CallSite | null,
): void {
  const twins = twinsOf(text);
  if (program.dynamicImport || program.injected.some(dependsOnFile)) {
    twins.byPlace = true;
    twins.bySite.set(location === null ? siteKey(fn, text, site) : placeKey(location), program);
    return;
  }
  const onlyLanguage = analysis.free.every(
    ({ name }) => isEcmaScript(name) && !name.endsWith('Error'),
  );
  if (strict && onlyLanguage && !analysis.throws) twins.anywhere = program;
  else twins.bySite.set(siteKey(fn, text, site), program);
}

// Exports

function describeExport(subject: Subject): ExportProgram | null {
  const { fn, url } = subject;
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

function exportProgram(url: string, name: string, from: ExportProgram['from']): ExportProgram {
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

// Text

function parse(subject: Subject): ParsedFunction {
  const strict = isSloppy(subject.fn, subject.text) ? false : subject.isModule ? true : undefined;
  try {
    return parseFunction(subject.text, strict);
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    throw new GoCaptureError(
      'ERR_GO_PARSE',
      `Cannot parse ${subject.label}: ${error.message}`,
      'Export it from a module of its own and pass that',
      subject.ownPlace ?? subject.place(0, error.at),
      null,
      { cause: error },
    );
  }
}

/**
 * Whether it is certainly sloppy: only a sloppy `function` lets its `arguments` be read from
 * outside. Arrow functions, methods and async functions do not tell.
 */
function isSloppy(fn: Function, text: string): boolean {
  if (!text.startsWith('function')) return false;
  try {
    void (fn as { arguments?: unknown }).arguments;
    return true;
  } catch {
    return false;
  }
}

function describeText(
  subject: Subject,
  { code, form, strict, anchor, analysis }: ParsedFunction,
  injected: readonly string[],
): TextProgram {
  const start = subject.start(anchor) ?? { line: 0, column: 0 };
  const name = typeof subject.fn.name === 'string' ? subject.fn.name : '';
  const line = start.line + 1;
  const column = start.column + 1;
  const traits = `${form} ${strict ? 'strict' : 'sloppy'} ${name}`;
  return {
    kind: 'text',
    key: `text ${subject.url}:${line}:${column} ${digest(`${traits}\n${code}`)}`,
    code,
    url: subject.url,
    line,
    column,
    form,
    strict,
    name,
    dynamicImport: analysis.dynamicImport,
    injected: analysis.metas.length > 0 ? [...injected, META] : injected,
  };
}

/** 64 bits of FNV-1a, and the length: the place does most of the telling apart. */
function digest(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x85ebca6b);
  }
  return `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}-${text.length}`;
}
