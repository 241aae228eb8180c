/**
 * Captured values on their way: they are a goroutine's first items, before its arguments.
 *
 * The first item of all says how they come. Each by itself is cheapest; but objects that may refer
 * to each other must be encoded together, to go on doing so.
 */

import { codeOfView, isSharedMemory } from './binary.js';
import type { Captured } from './code/closure.js';
import { isShareable } from './handles.js';
import { isPorted } from './ported.js';
import { putItem, putValue } from './values.js';

const enum Form {
  Single = 0,
  Together = 1,
}

/**
 * Puts the captured values among the items, from the first on. Returns how many items they take.
 * @throws GoCaptureError about a value that cannot be copied
 */
export function putCaptures(captured: Captured): number {
  const { values } = captured;
  const count = values.length;
  if (count === 0) return 0;
  const together = count > 1 && severalHaveParts(values);
  putValue(together ? Form.Together : Form.Single);
  putItem(0, 0);
  if (together) {
    try {
      putValue(values);
    } catch (error) {
      // Alone, the one to blame fails as well, and says why.
      values.forEach((value, slot) => putCapture(value, slot, captured));
      throw error;
    }
    putItem(1, 0);
    return 2;
  }
  for (let slot = 0; slot < count; slot++) {
    putCapture(values[slot], slot, captured);
    putItem(slot + 1, 0);
  }
  return count + 1;
}

function putCapture(value: unknown, slot: number, captured: Captured): void {
  try {
    putValue(value);
  } catch (error) {
    captured.refuse(slot, error as Error);
  }
}

function severalHaveParts(values: readonly unknown[]): boolean {
  let count = 0;
  for (const value of values) if (hasParts(value) && ++count > 1) return true;
  return false;
}

function hasParts(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isShareable(value) && !isBinary(value);
}

function isBinary(value: object): boolean {
  return codeOfView(value) !== undefined || isSharedMemory(value) || isPorted(value);
}

/** Takes what {@link putCaptures} put off the front of a goroutine's items. */
export function takeCaptures(items: unknown[], count: number): unknown[] {
  if (items.shift() === Form.Together) return items.shift() as unknown[];
  return items.splice(0, count);
}
