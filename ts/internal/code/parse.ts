import type { AnyNode, Options, Property } from 'acorn';
import { acorn } from './acorn.js';
import { classAnchor, functionAnchor } from './anchor.js';
import { eagerNames, heritageOf } from './eager.js';
import { analyze, type Analysis } from './free-variables.js';
import { META } from './injected.js';
import { overwrite } from './source-text.js';

/** The text of a function, parsed. Places are offsets into that text. */
export interface ParsedFunction {
  readonly text: string;
  /** What to evaluate: `text`, rewritten without moving anything. */
  readonly code: string;
  /** An expression, a class, or a method as it stands in an object literal. */
  readonly form: 'expr' | 'class' | 'method';
  readonly strict: boolean;
  readonly accessor: boolean;
  /** The place that V8 reports as the function's location. */
  readonly anchor: number;
  readonly analysis: Analysis;
  /** Of a class: the name of what it extends, and all names that its evaluation uses at once. */
  readonly heritage: string | null;
  readonly eager: readonly string[];
}

/** The text is no function that acorn can parse. */
export class ParseFailure extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/**
 * Parses what `Function.prototype.toString` returned.
 *
 * @param strict Whether the function is strict, or undefined when that is not known: it is then
 * taken to be strict if it can be.
 * @throws ParseFailure
 */
export function parseFunction(text: string, strict?: boolean): ParsedFunction {
  const modes = strict === undefined ? [true, false] : [strict];
  let failure: ParseFailure | null = null;
  for (const mode of modes) {
    for (const read of [readExpression, readMethod]) {
      try {
        return read(text, mode);
      } catch (error) {
        const next = asFailure(error);
        // The reading that came furthest is the one the user meant.
        if (failure === null || next.at > failure.at) failure = next;
      }
    }
  }
  throw failure!;
}

function readExpression(text: string, strict: boolean): ParsedFunction {
  const node: AnyNode = acorn().parseExpressionAt(text, 0, options(strict));
  const isClass = node.type === 'ClassExpression';
  const isFunction =
    isClass || node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression';
  if (!isFunction || /\S/.test(text.slice(node.end))) {
    throw new ParseFailure('not a function', isFunction ? node.end : 0);
  }
  const analysis = analyze(node, strict);
  return {
    text,
    code: hideMetas(text, analysis),
    form: isClass ? 'class' : 'expr',
    strict,
    accessor: false,
    anchor: isClass ? classAnchor(node) : functionAnchor(text, node),
    analysis,
    heritage: isClass ? heritageOf(node) : null,
    eager: isClass ? eagerNames(node) : [],
  };
}

const OPEN = '({';

function readMethod(text: string, strict: boolean): ParsedFunction {
  // A private method's name is legal in a class only, and means nothing where it will run.
  const source = text.replace(PRIVATE_NAME, '$1 ');
  const property = parseMember(source, strict);
  const analysis = shiftAnalysis(analyze(property, strict), -OPEN.length);
  let code = hideMetas(source, analysis);
  if (property.computed) {
    // Evaluated in the user's scope when the method was made; the value is not needed any more.
    code = overwrite(code, property.key.start - OPEN.length, property.key.end - OPEN.length, '0');
  }
  return {
    text,
    code,
    form: 'method',
    strict,
    accessor: property.kind !== 'init',
    anchor: property.value.start - OPEN.length,
    analysis,
    heritage: null,
    eager: [],
  };
}

const PRIVATE_NAME = /^((?:async\b)?[\s*]*)#/;

function parseMember(source: string, strict: boolean): Property {
  try {
    const node = acorn().parseExpressionAt(`${OPEN}${source}\n})`, 0, options(strict));
    const property = node.type === 'ObjectExpression' ? node.properties[0] : undefined;
    if (
      node.type !== 'ObjectExpression' ||
      node.properties.length !== 1 ||
      property?.type !== 'Property' ||
      (property.kind === 'init' && !property.method)
    ) {
      throw new ParseFailure('not a method', OPEN.length);
    }
    return property;
  } catch (error) {
    const failure = asFailure(error);
    throw new ParseFailure(failure.message, Math.max(0, failure.at - OPEN.length));
  }
}

function options(strict: boolean): Options {
  return {
    ecmaVersion: 'latest',
    sourceType: strict ? 'module' : 'script',
    allowSuperOutsideMethod: true,
    checkPrivateFields: false,
  };
}

/** `import.meta` is legal in modules only: it becomes a variable that the isolate supplies. */
function hideMetas(text: string, analysis: Analysis): string {
  let code = text;
  for (const { start, end } of analysis.metas) code = overwrite(code, start, end, META);
  return code;
}

function shiftAnalysis(analysis: Analysis, by: number): Analysis {
  const move = (at: number | null): number | null => (at === null ? null : at + by);
  const { privateName } = analysis;
  return {
    ...analysis,
    free: analysis.free.map((one) => ({ ...one, at: one.at + by, write: move(one.write) })),
    lexicalThis: move(analysis.lexicalThis),
    lexicalSuper: move(analysis.lexicalSuper),
    lexicalArguments: move(analysis.lexicalArguments),
    privateName: privateName && { name: privateName.name, at: privateName.at + by },
    directEval: move(analysis.directEval),
    metas: analysis.metas.map(({ start, end }) => ({ start: start + by, end: end + by })),
  };
}

function asFailure(error: unknown): ParseFailure {
  if (error instanceof ParseFailure) return error;
  if (error instanceof SyntaxError && 'pos' in error && typeof error.pos === 'number') {
    // acorn appends its own place, "(1:2)", which would contradict the one in the user's file.
    return new ParseFailure(error.message.replace(/ \(\d+:\d+\)$/, ''), error.pos);
  }
  throw error;
}
