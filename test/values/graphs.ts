import * as fc from 'fast-check';

/** What a part of a value is: something without parts, or one of the value's nodes. */
type Part = { readonly leaf: () => unknown } | { readonly node: number };

interface NodeSpec {
  readonly kind: 'object' | 'array' | 'map' | 'set' | 'error' | 'leaf';
  readonly parts: readonly { readonly key: string; readonly part: Part; readonly asKey: Part }[];
  /** Of an array: holes among and after its elements, and whether it has fields besides. */
  readonly holes: number;
  readonly fields: boolean;
  readonly leaf: () => unknown;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  // Any UTF-16, lone surrogates as well.
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 4 }).map((codes) =>
    String.fromCharCode(...codes),
  ),
  fc.constantFrom('', '\ud800', 'x\udc00', 'é', '\0', '😀'),
);

const huge = fc
  .record({ unit: fc.constantFrom('x', 'é', 'ж', '\ud800', '😀'), times: fc.nat(100_000) })
  .map(({ unit, times }) => unit.repeat(times));

const primitive = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 2 ** 53, undefined, null, true, false),
  fc.bigInt(),
  fc.constantFrom(0n, -1n, 2n ** 64n, -(2n ** 63n)),
);

type ViewMaker = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;

const VIEWS: readonly ViewMaker[] = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView,
];

/** Whole buffers, and views from anywhere to anywhere in theirs. */
export const binary: fc.Arbitrary<() => unknown> = fc
  .record({
    bytes: fc.uint8Array({ maxLength: 64 }),
    Kind: fc.constantFrom(...VIEWS, undefined),
    from: fc.nat(4),
    less: fc.nat(4),
  })
  .map(({ bytes, Kind, from, less }) => () => {
    const { buffer } = bytes.slice();
    if (Kind === undefined) return buffer;
    const width = 'BYTES_PER_ELEMENT' in Kind ? (Kind.BYTES_PER_ELEMENT as number) : 1;
    const units = Math.floor(buffer.byteLength / width);
    const start = Math.min(from, units);
    return new Kind(buffer, start * width, Math.max(0, units - start - less));
  });

/** Objects that hold no others. Made anew each time: each is one of its own. */
const plainObject: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.date({ noInvalidDate: false }).map((date) => () => new Date(date)),
  fc
    .record({ source: fc.constantFrom('a', '(?:)', '\\/[/\n]', 'é+', '^(x)?$'), flags: fc.subarray(['g', 'i', 'm', 's', 'u', 'y']) })
    .map(({ source, flags }) => () => new RegExp(source, flags.join(''))),
  fc
    .oneof(fc.double(), fc.boolean(), text, fc.bigInt())
    .map((value) => (): unknown => Object(value)),
);

const leaf: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 6, arbitrary: primitive.map((value) => () => value) },
  { weight: 2, arbitrary: plainObject },
  { weight: 2, arbitrary: binary },
  { weight: 1, arbitrary: huge.map((value) => () => value) },
);

const part: fc.Arbitrary<Part> = fc.oneof(
  leaf.map((make) => ({ leaf: make })),
  fc.nat(7).map((node) => ({ node })),
);

/** Names that are nothing special in an object, though some code may take them so. */
const key = fc.oneof(
  fc.constantFrom('a', 'b', 'code', '0', '7', '', '__proto__', 'constructor', 'toJSON', 'length'),
  text,
);

function nodeSpec(kinds: readonly NodeSpec['kind'][]): fc.Arbitrary<NodeSpec> {
  return fc.record({
    kind: fc.constantFrom(...kinds),
    parts: fc.uniqueArray(fc.record({ key, part, asKey: part }), {
      maxLength: 6,
      selector: (it) => it.key,
    }),
    holes: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(5000)),
    fields: fc.boolean(),
    leaf,
  });
}

const ERRORS = [Error, TypeError, RangeError, SyntaxError, URIError];

function shellOf({ kind, parts, holes, leaf: make }: NodeSpec): unknown {
  switch (kind) {
    case 'object':
      return {};
    case 'array':
      return Array(holes);
    case 'map':
      return new Map();
    case 'set':
      return new Set();
    case 'error':
      return new (ERRORS[holes % ERRORS.length] as typeof Error)(parts[0]?.key ?? 'why');
    default:
      return make();
  }
}

export function define(target: object, name: string, value: unknown): void {
  const rest = { writable: true, enumerable: true, configurable: true };
  Object.defineProperty(target, name, { value, ...rest });
}

function fill(node: unknown, spec: NodeSpec, valueOf: (of: Part) => unknown): void {
  spec.parts.forEach(({ key: name, part: of, asKey }, n) => {
    const value = valueOf(of);
    if (spec.kind === 'object') define(node as object, name, value);
    else if (spec.kind === 'map') (node as Map<unknown, unknown>).set(valueOf(asKey), value);
    else if (spec.kind === 'set') (node as Set<unknown>).add(value);
    else if (spec.kind === 'error') fillError(node as Error, n === 0 ? 'cause' : name, value);
    else if (spec.kind === 'array') {
      const list = node as unknown[];
      // Every other one leaves a hole before it, if there are to be any.
      const index = list.length + (spec.holes > 0 ? n % 2 : 0);
      if (spec.fields && n % 2 === 1 && name !== 'length') define(list, name, value);
      else list[index] = value;
    }
  });
}

function fillError(error: Error, name: string, value: unknown): void {
  if (['message', 'stack', 'name', 'errors'].includes(name)) return;
  define(error, name, value);
  if (name === 'cause') Object.defineProperty(error, name, { enumerable: false });
}

function graph(kinds: readonly NodeSpec['kind'][]): fc.Arbitrary<unknown> {
  return fc.array(nodeSpec(kinds), { minLength: 1, maxLength: 8 }).map((specs) => {
    const nodes = specs.map(shellOf);
    const valueOf = (of: Part): unknown =>
      'leaf' in of ? of.leaf() : nodes[of.node % nodes.length];
    specs.forEach((spec, n) => fill(nodes[n], spec, valueOf));
    return nodes[0];
  });
}

/** Values of all kinds that `structuredClone` copies in full, in which anything refers to anything. */
export const cloneable = graph(['object', 'object', 'array', 'array', 'map', 'set', 'leaf']);
/** The same, with errors: their class, fields and cause are kept, which `structuredClone` would lose. */
export const withErrors = graph(['object', 'array', 'map', 'set', 'error', 'error', 'leaf']);
