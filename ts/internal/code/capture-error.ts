/**
 * Why a function cannot become a goroutine. Codes are stable; messages are not.
 *
 * | code | the function |
 * |---|---|
 * | `ERR_GO_CAPTURE` | uses a variable of the surrounding scope, which cannot be read |
 * | `ERR_GO_WRITE` | assigns a variable of the surrounding scope: the goroutine has a copy |
 * | `ERR_GO_TDZ` | captures a variable that is not initialized yet |
 * | `ERR_GO_CLASS` | captures an instance of a class, a promise, a socket: more than copying keeps |
 * | `ERR_GO_CLONE` | captures a value with a part that cannot be copied |
 * | `ERR_GO_SYMBOL` | captures a unique symbol |
 * | `ERR_GO_MODULE` | captures a module's namespace whose import cannot be found in the source |
 * | `ERR_GO_ENTRY` | needs the entry module imported, which would run the program again |
 * | `ERR_GO_THIS`, `ERR_GO_SUPER`, `ERR_GO_ARGUMENTS`, `ERR_GO_PRIVATE` | uses one of those from around it |
 * | `ERR_GO_EVAL` | calls `eval` directly, so that what it uses cannot be known |
 * | `ERR_GO_GLOBAL` | uses a global that the program added: other isolates do not have it |
 * | `ERR_GO_UNDEFINED` | uses a name that is declared nowhere |
 * | `ERR_GO_UNUSED` | does not use a name that `go.with` was given |
 * | `ERR_GO_NATIVE` | is, or captures, a native or bound function: it has no source of its own |
 * | `ERR_GO_ACCESSOR` | is a getter or a setter |
 * | `ERR_GO_GENERATOR` | is a generator |
 * | `ERR_GO_NOT_FUNCTION` | is a class, or no function at all |
 * | `ERR_GO_PARSE` | could not be parsed |
 */
export type GoCaptureCode =
  | 'ERR_GO_CAPTURE'
  | 'ERR_GO_WRITE'
  | 'ERR_GO_TDZ'
  | 'ERR_GO_CLASS'
  | 'ERR_GO_CLONE'
  | 'ERR_GO_SYMBOL'
  | 'ERR_GO_MODULE'
  | 'ERR_GO_ENTRY'
  | 'ERR_GO_THIS'
  | 'ERR_GO_SUPER'
  | 'ERR_GO_ARGUMENTS'
  | 'ERR_GO_PRIVATE'
  | 'ERR_GO_EVAL'
  | 'ERR_GO_GLOBAL'
  | 'ERR_GO_UNDEFINED'
  | 'ERR_GO_UNUSED'
  | 'ERR_GO_NATIVE'
  | 'ERR_GO_ACCESSOR'
  | 'ERR_GO_GENERATOR'
  | 'ERR_GO_NOT_FUNCTION'
  | 'ERR_GO_PARSE';

/** A place in the user's program. Line and column start at 1. */
export interface Place {
  /** The file's path, the script's URL, or null when only the place inside the function is known. */
  readonly file: string | null;
  readonly line: number;
  readonly column: number;
}

/**
 * Thrown, synchronously, by `go()` when the function it was given cannot run in another isolate.
 *
 * `file`, `line` and `column` point at the offending use in the user's source. Where the runtime
 * does not tell where a function is written (no inspector), `file` is null and the line and column
 * count from the start of the function.
 */
export class GoCaptureError extends Error {
  override readonly name = 'GoCaptureError';
  /** Stable, for programs. */
  readonly code: GoCaptureCode;
  /** The variable in question, or null when the error is not about one. */
  readonly variable: string | null;
  /** The file's path or URL, where it is known. */
  readonly file: string | null;
  /** The line, from 1 up. */
  readonly line: number | null;
  /** The column, from 1 up. */
  readonly column: number | null;
  /**
   * The captured functions through which the offending one was reached, outermost first: empty when
   * it is the function given to `go()` itself.
   */
  readonly chain: readonly string[];

  constructor(code: GoCaptureCode, problem: string, fix: string, details: CaptureDetails = {}) {
    const { place = null, variable = null, chain = [], ...options } = details;
    const at = place === null ? '' : ` ${formatPlace(place)}`;
    const through = chain.length === 0 ? '' : `, in captured function '${chain.join(' -> ')}'`;
    super(`${problem}${at}${through}. ${fix}`, options);
    this.code = code;
    this.variable = variable;
    this.file = place?.file ?? null;
    this.line = place?.line ?? null;
    this.column = place?.column ?? null;
    this.chain = chain;
  }
}

/** What a {@link GoCaptureError} knows beyond its code. */
export interface CaptureDetails extends ErrorOptions {
  readonly place?: Place | null;
  readonly variable?: string | null;
  readonly chain?: readonly string[];
}

function formatPlace(place: Place): string {
  return place.file === null
    ? `(line ${place.line}, column ${place.column} of the function)`
    : `(${place.file}:${place.line}:${place.column})`;
}
