/** Values that every isolate has: found by identity, named by a path or by the module they are in. */
import { createRequire, isBuiltin } from 'node:module';
import type { Source } from './program.js';

/** Where another isolate finds the same function or object of the runtime; null if it is none. */
export function nativeSource(value: object): Source | null {
  globals ??= collectGlobals();
  const path = globals.get(value);
  if (path !== undefined) return { from: 'global', path };
  builtins ??= collectBuiltins();
  return builtins.get(value) ?? null;
}

let globals: Map<object, readonly string[]> | undefined;
let builtins: Map<object, Source> | undefined;

/** As deep as `Array.prototype.slice`. */
const DEPTH = 3;

function collectGlobals(): Map<object, readonly string[]> {
  const found = new Map<object, readonly string[]>([[globalThis, ['globalThis']]]);
  const add = (owner: object, above: readonly string[]): void => {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if ((typeof value !== 'function' && typeof value !== 'object') || value === null) continue;
      if (found.has(value)) continue;
      // A program's own globals are not in every isolate.
      if (above.length === 0 && !isNative(value)) continue;
      if (above.length > 0 && typeof value !== 'function' && !isNative(value)) continue;
      const path = [...above, key];
      found.set(value, path);
      if (path.length < DEPTH) add(value, path);
    }
  };
  add(globalThis, []);
  for (const key of ['process', 'performance', 'crypto', 'console'] as const) {
    const value: unknown = (globalThis as Record<string, unknown>)[key];
    if (typeof value !== 'object' || value === null) continue;
    found.set(value, [key]);
    add(value, [key]);
  }
  return found;
}

const toSource = Function.prototype.toString;

/** Classes and functions of the runtime; and objects like `Math` and `Array.prototype`. */
function isNative(value: object): boolean {
  if (typeof value !== 'function') {
    return (
      typeof (value as Record<symbol, unknown>)[Symbol.toStringTag] === 'string' ||
      (Object.hasOwn(value, 'constructor') && isNative(value.constructor))
    );
  }
  return isNativeText(toSource.call(value));
}

/** Whether `toString` showed no source. */
export function isNativeText(text: string): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(text);
}

/** Only modules that are loaded: loading them all takes long, and some warn. */
function collectBuiltins(): Map<object, Source> {
  const found = new Map<object, Source>();
  const require = createRequire(__filename);
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  for (const entry of moduleLoadList) {
    const specifier = `node:${entry.slice(entry.indexOf(' ') + 1)}`;
    if (/internal|inspector|\/_|:_/.test(specifier) || !isBuiltin(specifier)) continue;
    let exports: Record<string, unknown>;
    try {
      exports = require(specifier) as Record<string, unknown>;
    } catch {
      continue;
    }
    const note = (value: unknown, name: string | null): void => {
      if ((typeof value !== 'function' && typeof value !== 'object') || value === null) return;
      if (found.has(value)) return;
      const source = { from: 'module', specifier, url: null, name, via: 'require', interop: false };
      found.set(value, source as Source);
    };
    note(exports, null);
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
      note(value, key);
    }
  }
  return found;
}
