/** `instanceof` that never throws: a proxy that was revoked is an instance of nothing. */
export function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** Whether it is a proxy that was revoked, of which nothing can be asked. */
export function isRevoked(value: unknown): boolean {
  try {
    Object.getPrototypeOf(Object(value));
    return false;
  } catch {
    return true;
  }
}
