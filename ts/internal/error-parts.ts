/**
 * Errors between isolates: class name, message, stack, own fields, `cause` and `errors`.
 *
 * The receiving side makes an instance of the same class where it knows one by that name (the
 * language's and ours); otherwise an `Error` that carries the name.
 */

import {
  Canceled,
  DataCloneError,
  DeadlineExceeded,
  GoPanic,
  Goexit,
  GoroutineKilled,
  IsolateDied,
  IsolateUnavailable,
  MoveError,
} from '../errors.js';
import { mapArrived, mappedScripts } from './error-stacks.js';

/** An error taken apart. `fields` is encoded like any value. */
export interface ErrorParts {
  readonly class: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** The scripts whose frames in the stack are mapped to their sources. */
  readonly mapped: readonly string[];
  fields: Record<string, unknown>;
}

const known: Readonly<Record<string, { readonly prototype: Error }>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
  GoPanic,
  Goexit,
  Canceled,
  DeadlineExceeded,
  DataCloneError,
  GoroutineKilled,
  IsolateDied,
  IsolateUnavailable,
  MoveError,
};

/** Takes an error apart. Getters that throw are skipped: a failing error must still arrive. */
export function errorParts(error: Error): ErrorParts {
  // Without a prototype: a field may be called `__proto__`.
  const fields = Object.create(null) as Record<string, unknown>;
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === 'stack' || key === 'message') continue;
    try {
      const value = (error as unknown as Record<string, unknown>)[key];
      if (typeof value !== 'function' && typeof value !== 'symbol') fields[key] = value;
    } catch {
      // Nothing to carry.
    }
  }
  // Its name (`AbortError`) is not its class's, and lives on the prototype.
  if (error instanceof DOMException) fields['name'] = error.name;
  return {
    class: className(error),
    message: String(error.message),
    stack: typeof error.stack === 'string' ? error.stack : undefined,
    mapped: mappedScripts(error),
    fields,
  };
}

/** Not by its own `constructor`, which may be any value. */
function className(error: Error): string {
  const prototype = Object.getPrototypeOf(error) as Error | null;
  return String(prototype?.constructor?.name ?? error.name);
}

/** Puts an error together, without its fields. */
export function makeError(parts: ErrorParts): Error {
  // Its own entries alone: a class may be called `toString`.
  const like = Object.hasOwn(known, parts.class) ? known[parts.class] : undefined;
  // Not the class's constructor: it may want other arguments, or have effects.
  const error = withoutStack(parts.message);
  if (like !== undefined) Object.setPrototypeOf(error, like.prototype);
  else if (!('name' in parts.fields)) define(error, 'name', parts.class);
  define(error, 'stack', parts.stack ?? `${parts.class}: ${parts.message}`);
  mapArrived(error, parts.mapped);
  return error;
}

/** Its own stack would lead here, is replaced, and takes longer to make than all the rest. */
function withoutStack(message: string): Error {
  const { stackTraceLimit } = Error;
  // Refused where the language's own objects are frozen.
  if (stackTraceLimit === 0 || !Reflect.set(Error, 'stackTraceLimit', 0)) return new Error(message);
  const error = new Error(message);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** Gives an error that was put together one of its fields. */
export function setField(error: Error, key: string, value: unknown): void {
  const enumerable = key !== 'cause' && key !== 'errors';
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true });
}
