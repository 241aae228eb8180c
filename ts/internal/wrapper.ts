/** What the wrappers of the sync package have in common: a handle, made here or arrived. */

import { HANDLE_OF, adopt, onArrival, type Shareable } from './handles.js';
import { type HandleKind, Word, words } from './page.js';

const I = words;

/** The handle of the wrapper that {@link revive} is making; undefined when a program makes one. */
let arrived: number | undefined;

/** A wrapper's handle: that which arrived, or that which `make` leaves on the page. */
export function handleFor(wrapper: Shareable, make: () => void): number {
  let handle = arrived;
  arrived = undefined;
  if (handle === undefined) {
    make();
    handle = I[Word.Handle] as number;
  }
  adopt(wrapper, handle);
  return handle;
}

/**
 * Wraps handles of a kind that arrive from other isolates. The class's constructor must call
 * {@link handleFor} and, if it checks arguments, do so in `make` alone.
 */
export function revive(kind: HandleKind, Class: new () => Shareable): void {
  onArrival(kind, (handle) => {
    arrived = handle;
    return new Class();
  });
}

export { HANDLE_OF, type Shareable };
