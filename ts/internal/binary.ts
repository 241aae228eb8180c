/** Typed arrays and buffers as bytes, and back. Their kinds are numbers on the wire. */

import { DataCloneError } from '../errors.js';

type ViewMaker = (buffer: ArrayBuffer) => ArrayBufferView | ArrayBuffer;

/** By code. The order is part of the protocol between isolates of one process only. */
const makers: readonly ViewMaker[] = [
  (b) => new Int8Array(b),
  (b) => new Uint8Array(b),
  (b) => new Uint8ClampedArray(b),
  (b) => new Int16Array(b),
  (b) => new Uint16Array(b),
  (b) => new Int32Array(b),
  (b) => new Uint32Array(b),
  (b) => new Float32Array(b),
  (b) => new Float64Array(b),
  (b) => new BigInt64Array(b),
  (b) => new BigUint64Array(b),
  (b) => new DataView(b),
  (b) => b,
];

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
  [ArrayBuffer.prototype, 12],
]);

/**
 * The code of a typed array, `DataView` or `ArrayBuffer`; undefined for anything else, subclasses
 * included (those are encoded as objects).
 * @throws DataCloneError for shared memory, which must not be copied behind the program's back
 */
export function codeOfView(value: object): number | undefined {
  const code = codes.get(Object.getPrototypeOf(value));
  if (code === undefined) {
    if (value instanceof SharedArrayBuffer) throw new DataCloneError('value', SHARED_MEMORY);
    return undefined;
  }
  // A prototype alone does not make a typed array.
  if (code === 12) return value instanceof ArrayBuffer && isIntact(value) ? code : undefined;
  if (!ArrayBuffer.isView(value)) return undefined;
  if (isSharedMemory(value)) throw new DataCloneError('value', SHARED_MEMORY);
  return code;
}

function isIntact(buffer: ArrayBuffer): boolean {
  return Object.prototype.toString.call(buffer) === '[object ArrayBuffer]';
}

/** Whether it is shared memory, or a view of some. */
export function isSharedMemory(value: object): boolean {
  return (ArrayBuffer.isView(value) ? value.buffer : value) instanceof SharedArrayBuffer;
}

/** Why it is refused. */
export const SHARED_MEMORY =
  'it is shared memory, which this version can not hand over yet; send a copy ' +
  '(`array.slice()`), or give it to a worker of your own';

/** The bytes of a value for which {@link codeOfView} gave a code, as something the addon reads. */
export function bytesView(value: ArrayBufferView | ArrayBuffer): ArrayBufferView {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof DataView) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return value;
}

/** The value of a code, over bytes that nobody else has. */
export function viewOf(code: number, buffer: ArrayBuffer): unknown {
  const make = makers[code];
  if (make === undefined) throw new Error(`gosched: unknown code ${code}`);
  return make(buffer);
}
