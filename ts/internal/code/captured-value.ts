/** What becomes of a captured value: copied, shared, found again in the other isolate, refused. */
import { types } from 'node:util';
import { isShareable } from '../handles.js';
import { isPorted } from '../ported.js';
import type { GoCaptureCode } from './capture-error.js';
import { nativeSource } from './native-path.js';
import type { Source } from './program.js';

export type Fate =
  /** Travels as a value: a copy, or a shared handle. */
  | { readonly is: 'value' }
  /** A function of the program's: made anew. */
  | { readonly is: 'function'; readonly fn: Function }
  /** Every isolate has it. */
  | { readonly is: 'found'; readonly source: Source }
  | {
      readonly is: 'refused';
      readonly code: GoCaptureCode;
      readonly why: string;
      readonly fix: string;
    };

const VALUE: Fate = { is: 'value' };

/** Decides about a captured value. `name` is for the messages. */
export function fateOf(value: unknown, name: string): Fate {
  switch (typeof value) {
    case 'symbol':
      return symbolFate(value, name);
    case 'function': {
      const source = nativeSource(value);
      if (source !== null) return { is: 'found', source };
      return isProxy(value) ? refuseProxy(name) : { is: 'function', fn: value };
    }
    case 'object':
      return value === null ? VALUE : objectFate(value, name);
    default:
      return VALUE;
  }
}

/** Whether a value is one that is shared rather than copied. */
export function isHandle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isProxy(value) && isShareable(value);
}

function symbolFate(symbol: symbol, name: string): Fate {
  const key = Symbol.keyFor(symbol);
  if (key !== undefined) return { is: 'found', source: { from: 'symbol', key } };
  for (const known of Object.getOwnPropertyNames(Symbol)) {
    if ((Symbol as unknown as Record<string, unknown>)[known] === symbol) {
      return { is: 'found', source: { from: 'global', path: ['Symbol', known] } };
    }
  }
  return {
    is: 'refused',
    code: 'ERR_GO_SYMBOL',
    why: `'${name}' is a unique symbol: it would be another one in another isolate`,
    fix: `Make it with Symbol.for('${symbol.description ?? name}')`,
  };
}

function objectFate(value: object, name: string): Fate {
  if (isProxy(value)) return refuseProxy(name);
  if (isShareable(value)) return VALUE;
  if (types.isModuleNamespaceObject(value)) return refuseNamespace(name);
  if (looksNative(value)) {
    const source = nativeSource(value);
    if (source !== null) return { is: 'found', source };
  }
  const bad = findUncopyable(value, name, new Set());
  if (bad === null) return VALUE;
  // `console` and the like look like instances; a plain object of the program's is never one.
  const source = nativeSource(value);
  return source === null ? bad : { is: 'found', source };
}

/** `Math` and `Array.prototype` pass for plain objects otherwise. */
function looksNative(value: object): boolean {
  return Object.hasOwn(value, Symbol.toStringTag) || Object.hasOwn(value, 'constructor');
}

const isProxy = (value: object): boolean => types.isProxy(value);

function refuseProxy(path: string): Refused {
  return {
    is: 'refused',
    code: 'ERR_GO_CLONE',
    why: `'${path}' is a Proxy, which cannot be copied to another isolate`,
    fix: 'Pass a plain copy: { ...proxy }',
  };
}

function refuseNamespace(path: string): Refused {
  return {
    is: 'refused',
    code: 'ERR_GO_MODULE',
    why: `'${path}' is a module's namespace, and where it was imported is not to be seen`,
    fix: 'Import it at the top of the file, or with import() inside the function',
  };
}

type Refused = Extract<Fate, { is: 'refused' }>;

/**
 * The first part that would not arrive as it is. Getters are not called: whoever encodes the value
 * calls them, once.
 */
function findUncopyable(value: unknown, path: string, seen: Set<object>): Refused | null {
  if (typeof value === 'function' || typeof value === 'symbol')
    return refusePart(path, typeof value);
  if (typeof value !== 'object' || value === null || seen.has(value)) return null;
  seen.add(value);
  if (isProxy(value)) return refuseProxy(path);
  if (types.isModuleNamespaceObject(value)) return refuseNamespace(path);
  if (isShareable(value) || types.isNativeError(value)) return null;
  if (ArrayBuffer.isView(value) || isPorted(value)) return null;
  if (!isPlain(value)) return isCopied(value) ? null : refuseInstance(value, path);
  for (const [name, part] of partsOf(value)) {
    const bad = findUncopyable(part, path + name(), seen);
    if (bad !== null) return bad;
  }
  return null;
}

/** Arrays, maps, sets and objects without a class: their parts are looked at. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return isOf(value, 'Array');
  if (types.isMap(value)) return isOf(value, 'Map');
  if (types.isSet(value)) return isOf(value, 'Set');
  const prototype: unknown = Object.getPrototypeOf(value);
  // Also the `Object.prototype` of another realm, as test runners have it.
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null &&
      Object.hasOwn(prototype as object, 'isPrototypeOf'))
  );
}

/** Structured cloning keeps all there is to it. */
function isCopied(value: object): boolean {
  return (
    (types.isDate(value) && isOf(value, 'Date')) ||
    (types.isRegExp(value) && isOf(value, 'RegExp')) ||
    types.isAnyArrayBuffer(value) ||
    types.isBoxedPrimitive(value)
  );
}

/** Not of a subclass, whose class the copy would not have. */
function isOf(value: object, name: string): boolean {
  const prototype = Object.getPrototypeOf(value) as object;
  return (
    Object.hasOwn(prototype, 'constructor') &&
    (prototype.constructor as { name?: unknown }).name === name
  );
}

type Part = readonly [name: () => string, value: unknown];

/** Numbers and strings need no look: there may be millions of them. */
function mayRefuse(part: unknown): boolean {
  return typeof part === 'object' || typeof part === 'function' || typeof part === 'symbol';
}

function* partsOf(value: object): Generator<Part> {
  if (types.isMap(value)) {
    for (const [key, part] of value) {
      if (mayRefuse(key)) yield [() => ' (a key)', key];
      if (mayRefuse(part)) yield [() => `.get(${String(key)})`, part];
    }
  } else if (types.isSet(value)) {
    for (const part of value) if (mayRefuse(part)) yield [() => ' (an element)', part];
  } else if (Array.isArray(value)) {
    for (let n = 0; n < value.length; n++) {
      const part: unknown = value[n];
      if (mayRefuse(part)) yield [() => `[${n}]`, part];
    }
  } else {
    for (const key of Object.keys(value)) {
      const part: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
      if (mayRefuse(part)) yield [() => `.${key}`, part];
    }
  }
}

function refusePart(path: string, what: string): Refused {
  return {
    is: 'refused',
    code: 'ERR_GO_CLONE',
    why: `'${path}' is a ${what}, which cannot be copied to another isolate`,
    fix: 'Take what the goroutine needs out of the object, into variables of its own',
  };
}

function refuseInstance(value: object, path: string): Refused {
  const name = classOf(value);
  return {
    is: 'refused',
    code: 'ERR_GO_CLASS',
    why: `'${path}' is an instance of ${name}: a copy would have neither its class nor its private state`,
    fix: types.isPromise(value)
      ? 'Await it first, and use its result'
      : 'Use plain data, or make the instance inside the goroutine',
  };
}

function classOf(value: object): string {
  const { constructor } = value as { constructor?: { name?: unknown } };
  return typeof constructor?.name === 'string' && constructor.name !== ''
    ? constructor.name
    : 'a class';
}
