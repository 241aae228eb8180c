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
  /** What `code` is: an expression, a class, or a method as it stands in an object literal. */
  readonly form: 'expr' | 'class' | 'method';
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

/** A function that every isolate has: of the language, of the runtime or of one of its modules. */
export interface NativeProgram {
  readonly kind: 'native';
  /** Unique per distinct program, and equal for the same one in every isolate of the process. */
  readonly key: string;
  readonly source: Source;
}

/** What a script imports under a name of its own. */
export interface ImportSource {
  readonly from: 'module';
  readonly specifier: string;
  /** The script that imports it: relative and package specifiers resolve from there. */
  readonly url: string | null;
  /** The export; null for the namespace or `module.exports`. */
  readonly name: string | null;
  readonly via: 'import' | 'require';
  /** A compiler wrapped what `require` gave, so that it looks like an ES module's namespace. */
  readonly interop: boolean;
}

/** Where the value of a captured name comes from in the isolate that runs the function. */
export type Source =
  /** One of the values that travel with each goroutine. */
  | { readonly from: 'value'; readonly slot: number }
  /** A function of the same closure, made anew. */
  | { readonly from: 'function'; readonly index: number }
  | ImportSource
  /** An export found by identity rather than by an import in the source. */
  | { readonly from: 'export'; readonly program: ExportProgram }
  /** A path from `globalThis`. */
  | { readonly from: 'global'; readonly path: readonly string[] }
  /** `Symbol.for(key)`. */
  | { readonly from: 'symbol'; readonly key: string }
  /** `require` as it works in a CommonJS file. */
  | { readonly from: 'require'; readonly url: string };

/** A captured name. */
export interface Capture {
  readonly name: string;
  readonly source: Source;
}

/**
 * A function with what it captures. The values themselves are no part of it: `values` of them come
 * with each goroutine, so that one call site remains one program.
 */
export interface ClosureProgram {
  readonly kind: 'closure';
  /** Unique per distinct program, and equal for the same one in every isolate of the process. */
  readonly key: string;
  /** How many values travel. */
  readonly values: number;
  /** The function itself comes first; the others are those it reaches. */
  readonly functions: readonly CapturingFunction[];
}

export interface CapturingFunction {
  readonly text: TextProgram;
  readonly captures: readonly Capture[];
  /** Captured names that must be there when it is evaluated, in order of importance: a class's. */
  readonly eager: readonly string[];
}

/** What another isolate needs to run a function. Plain data: it survives any way of copying. */
export type Program = TextProgram | ExportProgram | NativeProgram | ClosureProgram;
