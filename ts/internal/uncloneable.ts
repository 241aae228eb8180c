/** Which part of a value cannot be copied, for the error that says so. */

import { types } from 'node:util';

import { isSharedMemory } from './binary.js';
import { errorParts } from './error-parts.js';
import { isShareable } from './handles.js';
import { isPorted } from './ported.js';

/** A part of a value, and why it cannot be copied. */
interface Uncloneable {
  readonly path: string;
  readonly why: string;
}

/**
 * The first part, depth first, that cannot be copied.
 * @param path of `value` itself
 * @param serialize throws if a value cannot be
 */
export function findUncloneable(
  value: unknown,
  path: string,
  serialize: (value: unknown) => unknown,
  seen = new Set<object>(),
): Uncloneable | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') {
    return { path, why: `it is a ${typeof value}` };
  }
  if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (types.isProxy(value)) return { path, why: 'it is a proxy' };
  if (isShareable(value) || isPorted(value) || isSharedMemory(value)) return undefined;
  for (const [name, part] of partsOf(value)) {
    const bad = findUncloneable(part, path + name, serialize, seen);
    if (bad !== undefined) return bad;
  }
  if (value instanceof Error) return undefined; // taken apart
  try {
    serialize(value);
    return undefined;
  } catch {
    return { path, why: `it is a ${value.constructor?.name ?? 'host object'}` };
  }
}

function* partsOf(value: object): Generator<[string, unknown]> {
  if (types.isMap(value)) {
    let n = 0;
    for (const [key, element] of value) {
      yield [`.keys()[${n}]`, key];
      // An object says nothing as text, and may have none.
      const named = typeof key !== 'object' && typeof key !== 'function';
      yield [named ? `.get(${String(key)})` : `.values()[${n}]`, element];
      n++;
    }
  } else if (types.isSet(value)) {
    let n = 0;
    for (const element of value) yield [`.values()[${n++}]`, element];
  } else if (!ArrayBuffer.isView(value)) {
    const parts = value instanceof Error ? errorParts(value).fields : value;
    for (const [key, part] of Object.entries(parts)) {
      yield [Array.isArray(value) ? `[${key}]` : `.${key}`, part];
    }
  }
}
