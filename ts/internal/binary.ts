/** Typed arrays and buffers as bytes, and back. Their kinds are numbers on the wire. */

type View = new (buffer: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView;

/** By code. The order is part of the protocol between isolates of one process only. */
const classes: readonly View[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
];
/** The code of an `ArrayBuffer` itself. */
export const BUFFER = 12;

const codes = new Map<unknown, number>([
  [Int8Array.prototype, 0],
  [Uint8Array.prototype, 1],
  // As structuredClone has it: a Buffer arrives as the Uint8Array that it is.
  [Buffer.prototype, 1],
  [Uint8ClampedArray.prototype, 2],
  [Int16Array.prototype, 3],
  [Uint16Array.prototype, 4],
  [Int32Array.prototype, 5],
  [Uint32Array.prototype, 6],
  [Float32Array.prototype, 7],
  [Float64Array.prototype, 8],
  [BigInt64Array.prototype, 9],
  [BigUint64Array.prototype, 10],
  [DataView.prototype, 11],
  [ArrayBuffer.prototype, BUFFER],
]);

/**
 * The code of a typed array, `DataView` or `ArrayBuffer`; undefined for anything else, subclasses
 * included (those are encoded as objects) and shared memory (which is not copied).
 */
export function codeOfView(value: object): number | undefined {
  const code = codes.get(Object.getPrototypeOf(value));
  if (code === undefined) return undefined;
  // A prototype alone does not make a typed array.
  if (code === BUFFER) return value instanceof ArrayBuffer && isIntact(value) ? code : undefined;
  return ArrayBuffer.isView(value) && !isSharedMemory(value) ? code : undefined;
}

function isIntact(buffer: ArrayBuffer): boolean {
  return Object.prototype.toString.call(buffer) === '[object ArrayBuffer]';
}

/** Whether it is shared memory, or a view of some. */
export function isSharedMemory(value: object): boolean {
  return (ArrayBuffer.isView(value) ? value.buffer : value) instanceof SharedArrayBuffer;
}

/** The bytes of a value for which {@link codeOfView} gave a code, as something the addon reads. */
export function bytesView(value: ArrayBufferView | ArrayBuffer): ArrayBufferView {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof DataView) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return value;
}

/** The code of a view of any buffer, shared ones included; as its own class, not a subclass. */
export function codeOfSharedView(view: ArrayBufferView): number {
  for (let at: unknown = Object.getPrototypeOf(view); at !== null; at = Object.getPrototypeOf(at)) {
    const code = codes.get(at);
    if (code !== undefined) return code;
  }
  throw new Error('gosched: a view without a kind');
}

/**
 * A view of a part of a buffer.
 * @param length elements, bytes for a `DataView`; undefined for one that grows with its buffer
 */
export function partOf(
  code: number,
  buffer: SharedArrayBuffer,
  offset: number,
  length: number | undefined,
): unknown {
  const View = classes[code];
  if (View === undefined) throw new Error(`gosched: unknown code ${code}`);
  return new View(buffer, offset, length);
}

/** The value of a code, over bytes that nobody else has. */
export function viewOf(code: number, buffer: ArrayBuffer): unknown {
  if (code === BUFFER) return buffer;
  const View = classes[code];
  if (View === undefined) throw new Error(`gosched: unknown code ${code}`);
  return new View(buffer);
}
