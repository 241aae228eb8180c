/**
 * Where a function that came as text has its imports from, for the functions inside it that become
 * goroutines in turn: their script is that text alone, which does not say.
 *
 * It stands among the captured names, around the function, where the inspector shows it.
 */
import type { Capture, Source } from './program.js';

/** The name under which it stands there. */
export const OUTSIDE = '$go_outside';

/** The sources of the names that come from outside the closure; null when there are none. */
export function outsideSources(captures: readonly Capture[]): ReadonlyMap<string, Source> | null {
  const outside = captures.filter(
    ({ source }) => source.from !== 'value' && source.from !== 'function',
  );
  return outside.length === 0 ? null : new Map(outside.map(({ name, source }) => [name, source]));
}

/** The source of a name that was found in that scope, if it came from outside. */
export function outsideSource(scope: object, name: string): Source | null {
  const sources = (scope as Record<string, unknown>)[OUTSIDE];
  return sources instanceof Map ? ((sources as Map<string, Source>).get(name) ?? null) : null;
}
