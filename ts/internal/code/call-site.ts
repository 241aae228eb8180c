import { acorn } from './acorn.js';

/** The place of a call: a script's name and an offset in it. */
export interface CallSite {
  readonly file: string;
  readonly offset: number;
}

interface Frame {
  getFileName(): string | null | undefined;
  getPosition(): number;
}

/**
 * The place from which `above` was called; null when the stack cannot be read. Some 4 us: reading
 * V8's frames is cheaper than formatting them, and formatting would consult source maps.
 */
export function callSite(above: Function): CallSite | null {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.prepareStackTrace = rawFrames;
    Error.stackTraceLimit = 1;
    Error.captureStackTrace(holder, above);
    const frame = (holder.stack as Frame[])[0];
    return frame === undefined
      ? null
      : { file: frame.getFileName() ?? '', offset: frame.getPosition() };
  } catch {
    return null;
  } finally {
    restore(prepareStackTrace, stackTraceLimit);
  }
}

function rawFrames(_error: unknown, frames: unknown): unknown {
  return frames;
}

function restore(prepare: typeof Error.prepareStackTrace, limit: number): void {
  try {
    // Node.js looks at whether the property is set, and to what, not at whether it exists.
    (Error as { prepareStackTrace: unknown }).prepareStackTrace = prepare;
    Error.stackTraceLimit = limit;
  } catch {
    // Frozen intrinsics: nothing was changed either.
  }
}

/**
 * Whether that is the text between a call's parenthesis and one of its arguments, which is the
 * only way to tell `go.with({ x }, fn)` from `go.with(make({ x }, fn))`.
 */
export function leadsToArgument(text: string, argument: number): boolean {
  const source = `f(${text}0)`;
  try {
    const call = acorn().parseExpressionAt(source, 0, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowAwaitOutsideFunction: true,
    });
    // All of it, and the argument by itself: `f(fn); const one = use(0)` is a call of another
    // function, and `f(fast ? fn : 0)` may be about one that is written elsewhere.
    const isCall =
      call.type === 'CallExpression' &&
      call.callee.type === 'Identifier' &&
      call.end === source.length &&
      call.arguments.length === argument + 1;
    return isCall && call.arguments[argument]!.type === 'Literal';
  } catch {
    return false;
  }
}
