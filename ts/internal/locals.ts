/**
 * Values that stay in this isolate: a channel that never left it carries a slot number instead of
 * the value, so any value goes through, by reference.
 */

const values: unknown[] = [];
const free: number[] = [];
/** How often each slot was emptied: tells whether it still holds what it held. */
const turns: number[] = [];

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
  turns[slot] = turnOf(slot) + 1;
  free.push(slot);
  return value;
}

/** To be given to {@link giveUp} with the slot. */
export function turnOf(slot: number): number {
  return turns[slot] ?? 0;
}

/**
 * Takes a value out that nobody took, if it is still there. Whoever waits cannot know: when its
 * channel is given to another isolate its value is copied, and its slot may be another value's.
 */
export function giveUp(slot: number, turn: number): void {
  if (turnOf(slot) === turn) takeLocal(slot);
}

/** Looks at a value without taking it. */
export function peekLocal(slot: number): unknown {
  return values[slot];
}
