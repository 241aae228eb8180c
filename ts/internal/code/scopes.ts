/** Names looked up in the scopes that V8 shows around a function. */

/** One scope, as the inspector hands it over: innermost first, the global object last. */
export interface Scope {
  /** 'Module', 'Closure (f)', 'Block', 'Catch', 'Script', 'Global' and the like. */
  readonly description?: string;
  readonly object?: object;
}

/** A name that some scope around a function declares. */
export interface Found {
  readonly value: unknown;
  readonly scope: object;
  /** Its declaration has not run yet. Node.js 20 does not tell, and shows `undefined`. */
  readonly uninitialized: boolean;
  /** The scope is that of an ECMAScript module. */
  readonly inModule: boolean;
  /** No scope lies further out, but for the global one. V8 leaves out those that no closure uses. */
  readonly outermost: boolean;
}

/** Looks a name up; null when no scope but the global one has it. */
export function lookup(scopes: readonly Scope[], name: string): Found | null {
  const outermost = scopes.length - 2;
  for (let n = 0; n <= outermost; n++) {
    const { object, description } = scopes[n]!;
    if (object === undefined || !(name in object)) continue;
    const where = { scope: object, inModule: description === 'Module', outermost: n === outermost };
    try {
      const value = (object as Record<string, unknown>)[name];
      return { value, uninitialized: false, ...where };
    } catch {
      return { value: undefined, uninitialized: true, ...where };
    }
  }
  return null;
}
