import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { GoImportError } from './import-error.js';
import { injectedValues } from './injected.js';
import type { ExportProgram, Program, TextProgram } from './program.js';

/**
 * Makes a described function callable in this isolate. Done once per program: the same function
 * comes back each time, so that a module's exports and a function's identity are stable here.
 *
 * An exported function has to be imported, and comes as a promise the first time.
 *
 * @throws GoImportError, by rejection, when the module fails to load or lacks the export.
 */
export function compile(program: Program): Function | Promise<Function> {
  const known = compiled.get(program.key);
  if (known !== undefined) return known;
  if (program.kind === 'text') {
    const fn = compileText(program);
    compiled.set(program.key, fn);
    return fn;
  }
  const loading = importExport(program).then(
    (fn) => {
      compiled.set(program.key, fn);
      return fn;
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

const compiled = new Map<string, Function | Promise<Function>>();

// Text

/**
 * Evaluates the text at its original file, line and column, so that stacks, breakpoints and
 * `import()` are those of the user's file.
 *
 * It stands in an object literal, under the function's name, which is how V8 gets to know that
 * name; a line break ends a trailing comment in the text.
 */
function compileText(program: TextProgram): Function {
  const { code, form, url, name, injected } = program;
  const label = name === '' || name === '__proto__' ? ANONYMOUS : name;
  const head =
    (program.strict ? '"use strict";' : '') +
    (form === 'method' ? 'return {' : `return {${JSON.stringify(label)}:(`);
  const tail = form === 'method' ? '\n}' : '\n)}';
  const factory = compileFunction(head + code + tail, injected, {
    filename: fileName(url),
    lineOffset: program.line - 1,
    columnOffset: program.column - 1 - head.length,
    dynamicImport: program.dynamicImport,
  });
  const values = injectedValues(injected, url, importerOf(url), () => importMeta(url));
  const fn = Object.values(factory(...values) as Record<string, Function>)[0]!;
  if (fn.name !== label && form === 'method') {
    Object.defineProperty(fn, 'name', { value: name, configurable: true });
  }
  return fn;
}

/** What a stack shows for a function without a name. */
const ANONYMOUS = 'go func';

interface Placement {
  readonly filename: string;
  readonly lineOffset?: number;
  readonly columnOffset?: number;
  readonly dynamicImport: boolean;
}

type Factory = (...injected: unknown[]) => unknown;

function compileFunction(
  body: string,
  params: readonly string[],
  { dynamicImport, ...placement }: Placement,
): Factory {
  if (!dynamicImport) return vm.compileFunction(body, params, placement) as Factory;
  quietLoader();
  return vm.compileFunction(body, params, { ...placement, ...LOADER }) as Factory;
}

/** Makes `import()` in evaluated code load modules as it does in files. */
const LOADER = { importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER };

let quiet = false;

/**
 * Uses the loader once while warnings of it are held back: Node.js prints its ExperimentalWarning
 * at the first `import()` that needs it, and only then.
 */
function quietLoader(): void {
  if (quiet) return;
  quiet = true;
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (String(warning).includes('vm.USE_MAIN_CONTEXT_DEFAULT_LOADER')) return;
    emitWarning.call(process, warning, ...rest);
  }) as typeof emitWarning;
  try {
    const first = vm.compileFunction('return import("node:vm")', [], LOADER) as Factory;
    void (first() as Promise<unknown>).catch(() => undefined);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function fileName(url: string | null): string {
  if (url === null) return ANONYMOUS_FILE;
  // Bun resolves an import() relative to a path, but not to a URL.
  return 'bun' in process.versions && url.startsWith('file:') ? fileURLToPath(url) : url;
}

const ANONYMOUS_FILE = '[goroutine]';

/** `import()` as it works in that file. */
function importerOf(url: string | null): (specifier: string) => Promise<unknown> {
  return (specifier) => {
    const factory = compileFunction('return import(specifier)', ['specifier'], {
      filename: fileName(url),
      dynamicImport: true,
    });
    return factory(specifier) as Promise<unknown>;
  };
}

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

// Exports

async function importExport(program: ExportProgram): Promise<Function> {
  const { url, name } = program;
  let namespace: Record<string, unknown>;
  try {
    namespace = (await import(url)) as Record<string, unknown>;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new GoImportError(url, name, problem, { cause: error });
  }
  const found = pick(namespace, program);
  if (typeof found === 'function') return found;
  const problem = found === undefined ? 'there is no such export' : 'it is no function there';
  throw new GoImportError(url, name, problem);
}

/** A CommonJS module's default export is its `module.exports`. */
function pick(namespace: Record<string, unknown>, { name, from }: ExportProgram): unknown {
  if (from === 'namespace') return namespace[name];
  const exports = namespace['default'];
  if (from === 'module.exports') return exports;
  return (exports as Record<string, unknown> | null | undefined)?.[name] ?? namespace[name];
}
