/** Importing on behalf of a function: exports, and what its file imports. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileFunction, fileName } from './evaluate.js';
import { GoImportError } from './import-error.js';
import { nativeSpecifier } from './injected.js';
import type { ExportProgram, ImportSource } from './program.js';

type Namespace = Record<string, unknown>;

/** `import()` as it works in that file. */
export function importerOf(url: string | null): (specifier: string) => Promise<unknown> {
  return (specifier) => {
    const factory = compileFunction('return import(specifier)', ['specifier'], {
      filename: fileName(url),
      dynamicImport: true,
    });
    return factory(specifier) as Promise<unknown>;
  };
}

/** Imports an exported function. */
export async function importExport(program: ExportProgram): Promise<Function> {
  const { url, name } = program;
  const namespace = (await load(url, name, () => import(url))) as Namespace;
  const found = pick(namespace, program);
  if (typeof found === 'function') return found;
  const problem = found === undefined ? 'there is no such export' : 'it is no function there';
  throw new GoImportError(url, name, problem);
}

/** A CommonJS module's default export is its `module.exports`. */
function pick(namespace: Namespace, { name, from }: ExportProgram): unknown {
  if (from === 'namespace') return namespace[name];
  const exports = namespace['default'];
  if (from === 'module.exports') return exports;
  return (exports as Namespace | null | undefined)?.[name] ?? namespace[name];
}

/** What a name that a file imports means there. */
export async function importValue(source: ImportSource): Promise<unknown> {
  const { specifier, url, name, via } = source;
  const get = (): unknown =>
    via === 'import'
      ? importerOf(url)(nativeSpecifier(specifier))
      : createRequire(url ?? __filename)(requirable(specifier));
  const whole = await load(specifier, name ?? '*', get);
  const module = source.interop ? interop(whole) : (whole as Namespace);
  if (name === null) return module;
  if (via === 'import' && !(name in module)) {
    throw new GoImportError(specifier, name, 'there is no such export');
  }
  return module[name];
}

async function load(url: string, name: string, get: () => unknown): Promise<unknown> {
  try {
    return await get();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new GoImportError(url, name, problem, { cause: error });
  }
}

function requirable(specifier: string): string {
  return specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier;
}

/** As TypeScript's `__importStar` and `__importDefault` and esbuild's `__toESM` do. */
function interop(exports: unknown): Namespace {
  const isObject =
    (typeof exports === 'object' || typeof exports === 'function') && exports !== null;
  if (isObject && (exports as Namespace)['__esModule']) return exports as Namespace;
  return { ...(isObject ? (exports as Namespace) : {}), default: exports };
}
