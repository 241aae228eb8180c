/**
 * Values that stay in this isolate: a channel that never left it carries a slot number instead of
 * the value, so any value goes through, by reference.
 */

const values: unknown[] = [];
const free: number[] = [];

/** Stores a value; returns its slot. */
export function keep(value: unknown): number {
  const slot = free.pop() ?? values.length;
  values[slot] = value;
  return slot;
}

/** Takes a value out of its slot. */
export function takeLocal(slot: number): unknown {
  const value = values[slot];
  values[slot] = undefined;
  free.push(slot);
  return value;
}

/** Looks at a value without taking it. */
export function peekLocal(slot: number): unknown {
  return values[slot];
}
