/** What is done in another thread. Every pool's workers import this module, and ours do. */

import { double } from '../spawn/tiny.js';
import { convolve } from '../pipeline/convolution.js';
import { aggregate } from '../pipeline/json-lines.js';
import { mandelbrotRow } from '../pipeline/mandelbrot.js';
import { queensBelow } from '../pipeline/queens.js';
import { work } from '../pipeline/work.js';

export { aggregate, convolve, double, mandelbrotRow, queensBelow, work };

/** About a kilobyte as JSON: some text, some numbers, an object in an object. */
export interface Order {
  readonly id: number;
  readonly customer: { readonly name: string; readonly address: string };
  readonly lines: readonly { readonly item: string; readonly count: number; readonly price: number }[];
  readonly note: string;
}

/** The i-th order. */
export function orderOf(id: number): Order {
  return {
    id,
    customer: { name: 'Ada Lovelace', address: '12 St James’s Square, London' },
    lines: Array.from({ length: 12 }, (_, line) => ({
      item: `item number ${line}`,
      count: line + 1,
      price: 9.99 + line,
    })),
    note: 'Please ring twice. '.repeat(20),
  };
}

/** An order in, another out. */
export function revise(order: Order): Order {
  return { ...order, id: order.id + 1 };
}

/** A typed array in, the same one out, its first element changed. */
export function stamp(values: Float64Array): Float64Array {
  values[0] = values[0]! + 1;
  return values;
}

/** A typed array in, one number out: what it cost to hand the array over. */
export function firstAndLast(values: Uint8Array): number {
  return values[0]! + values.at(-1)!;
}
