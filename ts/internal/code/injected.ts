import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Names that stand in a function's text although the user never wrote them: compilers and test
 * runners put them there. They look like captured variables but mean the same in every isolate,
 * which supplies them.
 */

/** Stands for `import.meta`, and is as long. */
export const META = '$import_met';

/** Whether an isolate supplies the name. */
export function isInjected(name: string): boolean {
  return name === META || FIXED.has(name) || COVERAGE.test(name);
}

/** The values of injected names, in order, for a function written in `url`. */
export function injectedValues(
  names: readonly string[],
  url: string | null,
  importFrom: (specifier: string) => Promise<unknown>,
  meta: () => object,
): unknown[] {
  return names.map((name) => {
    if (name === META || name === '__vite_ssr_import_meta__') return meta();
    if (name === '__vite_ssr_dynamic_import__') {
      return (specifier: string) => importFrom(nativeSpecifier(specifier));
    }
    return name === '__name' ? keepName : counters;
  });
}

/** `__name`: esbuild and tsx, to keep names. The others: vite and vitest, for what they replace. */
const FIXED = new Set(['__name', '__vite_ssr_dynamic_import__', '__vite_ssr_import_meta__']);

/** istanbul's counters. What a goroutine counts is lost. */
const COVERAGE = /^cov_[0-9a-z]{6,}$/;

function keepName(target: object, value: string): object {
  return Object.defineProperty(target, 'name', { value, configurable: true });
}

/** Takes any `counters().s[0]++`. */
const counters: unknown = new Proxy(() => undefined, {
  apply: () => counters,
  get: (_target, key) => (key === Symbol.toPrimitive ? () => 0 : counters),
  set: () => true,
});

/**
 * What Node.js calls a module that vite wrote otherwise: vite writes a file outside the root as `/@fs/path`; other absolute
 * paths start at the root.
 */
export function nativeSpecifier(specifier: string): string {
  if (specifier.startsWith('/@fs/')) return new URL(`file://${specifier.slice(4)}`).href;
  if (!specifier.startsWith('/')) return specifier;
  const clean = specifier.replace(/[?#].*$/, '');
  const inRoot = path.join(process.cwd(), clean);
  return pathToFileURL(existsSync(inRoot) ? inRoot : clean).href;
}
