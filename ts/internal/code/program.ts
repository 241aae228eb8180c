/** A function given by its source text, evaluated afresh in every isolate that runs it. */
export interface TextProgram {
  readonly kind: 'text';
  /** Unique per distinct program, and equal for the same one in every isolate of the process. */
  readonly key: string;
  /** The function's text; where it was rewritten, by text of the same length (see `parse.ts`). */
  readonly code: string;
  /** The script it is written in, as a URL; null when that is not known or the script has none. */
  readonly url: string | null;
  /** Where `code` starts in that script. Both start at 1. */
  readonly line: number;
  readonly column: number;
  /** Whether `code` is an expression, or a method as it stands in an object literal. */
  readonly form: 'expr' | 'method';
  readonly strict: boolean;
  /** The function's name, '' when it has none. */
  readonly name: string;
  /** Whether it contains `import()`, which then resolves relative to `url`. */
  readonly dynamicImport: boolean;
  /** Names that compilers put into the text and the isolate supplies (see `injected.ts`). */
  readonly injected: readonly string[];
}

/** A function that a module exports, imported by every isolate that runs it. */
export interface ExportProgram {
  readonly kind: 'export';
  /** Unique per distinct program, and equal for the same one in every isolate of the process. */
  readonly key: string;
  readonly url: string;
  readonly name: string;
  /** Where the export is found: an ECMAScript export, `module.exports` itself, or a property of it. */
  readonly from: 'namespace' | 'module.exports' | 'property';
}

/** What another isolate needs to run a function. Plain data: it survives any way of copying. */
export type Program = TextProgram | ExportProgram;
