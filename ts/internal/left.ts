/** The goroutines that are left, read off the dump. */

import { dumpText } from './deadlock.js';

/** A goroutine that has not ended. */
export interface LeftGoroutine {
  /** Its number, never used again. */
  readonly id: number;
  /** What it does: `chan receive`, `select`, `running`. */
  readonly reason: string;
  /** The name of the function that it runs; empty if that is not known, as of `go.local`. */
  readonly function: string;
  /** Where that is written; empty if that is not known. */
  readonly place: string;
  /** Its entry in the dump. */
  readonly text: string;
}

const HEAD = /^goroutine (\d+) \[([^\],]*)[^\]]*\]:(?:\n(\S.*)\(\)\n\t(.*))?/;

/** All that have not ended, the main program not among them. */
export function leftGoroutines(): LeftGoroutine[] {
  const entries = dumpText(2).trimEnd().split('\n\n');
  return entries.flatMap((text) => {
    const [, id, reason = '', name = '', place = ''] = HEAD.exec(text) ?? [];
    if (id === undefined || id === '0') return [];
    return [{ id: Number(id), reason, function: name, place, text }];
  });
}
