/** Evaluating code as if it stood in a file of the user's. */
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

import { inBun } from '../in-bun.js';

/** Where the code stands. */
export interface Placement {
  readonly filename: string;
  readonly lineOffset?: number;
  readonly columnOffset?: number;
  readonly dynamicImport: boolean;
}

export type Factory = (...injected: unknown[]) => unknown;

/** A function with that body. */
export function compileFunction(
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

/** What stacks and debuggers show as the file. */
export function fileName(url: string | null): string {
  if (url === null) return ANONYMOUS_FILE;
  // Bun resolves an import() relative to a path, but not to a URL.
  return inBun && url.startsWith('file:') ? fileURLToPath(url) : url;
}

const ANONYMOUS_FILE = '[goroutine]';

