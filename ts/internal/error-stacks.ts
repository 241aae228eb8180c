/**
 * Stacks of errors that cross isolates.
 *
 * A function that was sent as text has no source map in the isolate that runs it, so its frames
 * point into compiled code. The isolate where the error arrives has the map, if the program runs
 * with source maps (`--enable-source-maps`, tsx), and the frames are mapped there. A frame must be
 * mapped once only: twice, it would point anywhere. Hence each stack brings along which scripts its
 * isolates have mapped already.
 */

import { lazySourceMap } from './code/lazy.js';

/** The scripts, as URLs, whose frames in the error's stack are the user's own lines already. */
const mappedOf = new WeakMap<Error, readonly string[]>();

const NONE: readonly string[] = [];

/** Which scripts of the error's stack have been mapped, by this isolate or before. */
export function mappedScripts(error: Error): readonly string[] {
  const before = mappedOf.get(error) ?? NONE;
  if (!process.sourceMapsEnabled || before.length > 0) return before;
  const { mapsStackOf, scriptsIn } = lazySourceMap();
  return scriptsIn(error.stack ?? '').filter(mapsStackOf);
}

/** Maps the frames of an error that arrived, other than those of the scripts given. */
export function mapArrived(error: Error, mapped: readonly string[]): void {
  if (!process.sourceMapsEnabled) {
    if (mapped.length > 0) mappedOf.set(error, mapped);
    return;
  }
  const { mapsStackOf, remapStack, scriptsIn } = lazySourceMap();
  const mine = scriptsIn(error.stack ?? '').filter(mapsStackOf);
  remapStack(error, (url) => mapped.includes(url));
  mappedOf.set(error, [...new Set([...mapped, ...mine])]);
}
