type Pairs = Map<object, object>;

/**
 * Where two values differ, as a path; undefined if they are the same: kinds, contents, order, holes,
 * and which parts are one object.
 */
export function difference(a: unknown, b: unknown): string | undefined {
  const there: Pairs = new Map();
  const back: Pairs = new Map();
  const pending: [unknown, unknown, string][] = [[a, b, 'value']];
  // A list, not a recursion: a long chain of references must not be too deep.
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [one, other, path] = next;
    if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
      if (!Object.is(one, other)) return path;
      continue;
    }
    if (there.has(one) || back.has(other)) {
      if (there.get(one) !== other || back.get(other) !== one) return `${path} (identity)`;
      continue;
    }
    there.set(one, other);
    back.set(other, one);
    if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return `${path} (class)`;
    const [parts, others] = [partsOf(one), partsOf(other)];
    if (parts.length !== others.length) return `${path} (number of parts)`;
    for (const [n, [name, value]] of parts.entries()) {
      const [otherName, otherValue] = others[n] as [string, unknown];
      if (name !== otherName) return `${path}${name} (or ${otherName})`;
      pending.push([value, otherValue, path + name]);
    }
  }
  return undefined;
}

function partsOf(value: object): [string, unknown][] {
  const parts: [string, unknown][] = [];
  if (value instanceof Map) {
    let n = 0;
    for (const [key, element] of value) parts.push([` key ${n}`, key], [` element ${n++}`, element]);
  } else if (value instanceof Set) {
    let n = 0;
    for (const element of value) parts.push([` element ${n++}`, element]);
  } else if (value instanceof ArrayBuffer) {
    parts.push([' bytes', Buffer.from(value).toString('hex')]);
  } else if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    parts.push(['.buffer', buffer], ['.byteOffset', byteOffset], ['.byteLength', byteLength]);
    return parts;
  } else if (value instanceof Date || isBoxed(value)) {
    parts.push([' primitive', value.valueOf()]);
  } else if (value instanceof RegExp) {
    parts.push([' text', String(value)], ['.lastIndex', value.lastIndex]);
  }
  // An error's message, stack and cause are not enumerable; an array's length is its holes.
  const hidden = value instanceof Error ? ['message', 'stack', 'cause'] : ['length'];
  for (const key of hidden) {
    if (Object.hasOwn(value, key)) parts.push([`.${key}`, (value as Record<string, unknown>)[key]]);
  }
  for (const key of Object.keys(value)) {
    parts.push([`.${key}`, Object.getOwnPropertyDescriptor(value, key)?.value]);
  }
  return parts;
}

function isBoxed(value: object): boolean {
  return [Number, String, Boolean, BigInt].some((Kind) => value instanceof Kind);
}
