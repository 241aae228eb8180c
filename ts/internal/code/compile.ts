import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Closure, assignableOf, type Made, type Setter } from './link.js';
import { compileFunction, fileName } from './evaluate.js';
import { importerOf, importExport, importValue } from './imports.js';
import { injectedValues } from './injected.js';
import { OUTSIDE, outsideSources } from './outside.js';
import type { Capture, ClosureProgram, Program, Source, TextProgram } from './program.js';

/**
 * Makes a described function callable in this isolate. Done once per program: the same function
 * comes back each time, so that a module's exports and a function's identity are stable here. A
 * closure that brings values is made anew from them for each goroutine (`Closure.make`).
 *
 * What has to be imported comes as a promise the first time.
 *
 * @throws GoImportError, by rejection, when the module fails to load or lacks the export.
 */
export function compile(program: Program): Compiled | Promise<Compiled> {
  const known = compiled.get(program.key);
  if (known !== undefined) return known;
  const made = compileAnew(program);
  compiled.set(program.key, made);
  if (!(made instanceof Promise)) return made;
  const loading = made.then(
    (ready) => {
      compiled.set(program.key, ready);
      return ready;
    },
    (error: unknown) => {
      // The file may be there the next time.
      compiled.delete(program.key);
      throw error;
    },
  );
  compiled.set(program.key, loading);
  return loading;
}

/** What a goroutine runs, or what makes that from the values it brings. */
export type Compiled = Function | Closure;

const compiled = new Map<string, Compiled | Promise<Compiled>>();

function compileAnew(program: Program): Compiled | Promise<Compiled> {
  switch (program.kind) {
    case 'text':
      return compileText(program, NOTHING)(NOTHING).fn;
    case 'export':
      return importExport(program);
    case 'native':
      return fixedValue(program.source) as Function | Promise<Function>;
    case 'closure':
      return linkClosure(program);
  }
}

const NOTHING: readonly never[] = [];

async function linkClosure(program: ClosureProgram): Promise<Compiled> {
  const makers = program.functions.map(({ text, captures }) => compileText(text, captures));
  const closure = new Closure(program, makers, await Promise.all(fixedValues(program)));
  // Nothing tells two goroutines' copies apart, unless a class keeps state in itself.
  const isShared =
    program.values === 0 && program.functions.every(({ text }) => text.form !== 'class');
  return isShared ? closure.make([]) : closure;
}

/** Makes the value of each name that comes from outside the closure, function by function. */
function fixedValues({ functions }: ClosureProgram): Promise<unknown[]>[] {
  return functions.map(({ captures }) =>
    Promise.all(captures.map((one) => fixedValue(one.source))),
  );
}

function fixedValue(source: Source): unknown {
  switch (source.from) {
    case 'module':
      return importValue(source);
    case 'export':
      return importExport(source.program);
    case 'global':
      return source.path.reduce<unknown>(
        (owner, key) => (owner as Record<string, unknown>)[key],
        globalThis,
      );
    case 'symbol':
      return Symbol.for(source.key);
    case 'require':
      return createRequire(source.url);
    default:
      return undefined;
  }
}

// Text

/** Makes the function from the values of what it captures. */
export type Maker = (values: readonly unknown[]) => Made;

/**
 * Evaluates the text at its original file, line and column, so that stacks, breakpoints and
 * `import()` are those of the user's file.
 *
 * It stands in an object literal, under the function's name, which is how V8 gets to know that
 * name; a line break ends a trailing comment in the text. What it captures are parameters around
 * it. For those that can only be set afterwards, functions that refer to each other, there are
 * setters behind the literal; what mentions `OUTSIDE` last makes V8 keep that.
 */
function compileText(program: TextProgram, captures: readonly Capture[]): Maker {
  const { code, form, url, name, injected } = program;
  const label = name === '' || name === '__proto__' ? ANONYMOUS : name;
  const head =
    (program.strict ? '"use strict";' : '') +
    (form === 'method' ? 'return [{' : `return [{${JSON.stringify(label)}:(`);
  const outside = outsideSources(captures);
  const own = outside === null ? injected : [...injected, OUTSIDE];
  const setters = assignableOf(captures).map((one) => `,function(){${one}=arguments[0]}`);
  const keeper = outside === null ? '' : `,function(){${OUTSIDE}}`;
  const tail = (form === 'method' ? '\n}' : '\n)}') + `${setters.join('')}${keeper}]`;
  const factory = compileFunction(head + code + tail, [...own, ...captures.map(nameOf)], {
    filename: fileName(url),
    lineOffset: program.line - 1,
    columnOffset: program.column - 1 - head.length,
    dynamicImport: program.dynamicImport,
  });
  const given = injectedValues(injected, url, importerOf(url), () => importMeta(url));
  if (outside !== null) given.push(outside);
  return (values) => {
    const [holder, ...set] = factory(...given, ...values) as [object, ...Setter[]];
    const fn = Object.values(holder)[0] as Function;
    if (fn.name !== label && form === 'method') {
      Object.defineProperty(fn, 'name', { value: name, configurable: true });
    }
    return { fn, set };
  };
}

const nameOf = (one: Capture): string => one.name;

/** What a stack shows for a function without a name. */
const ANONYMOUS = 'go func';

/** `import.meta` as it is in that file. Bare specifiers resolve as `require` resolves them. */
function importMeta(url: string | null): object {
  if (url === null) return { url: undefined };
  const resolve = (specifier: string): string => {
    if (/^(\.{0,2}\/|[a-z][a-z0-9+.-]*:)/i.test(specifier)) return new URL(specifier, url).href;
    const found = createRequire(url).resolve(specifier);
    return found === specifier ? `node:${specifier}` : pathToFileURL(found).href;
  };
  if (!url.startsWith('file:')) return { url, resolve };
  const filename = fileURLToPath(url);
  return { url, filename, dirname: fileURLToPath(new URL('.', url)).slice(0, -1), resolve };
}
