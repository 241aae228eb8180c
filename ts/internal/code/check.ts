/** Refuses functions that would not mean the same in another isolate. */
import { types } from 'node:util';
import { GoCaptureError, type GoCaptureCode } from './capture-error.js';
import { isNativeText } from './native-path.js';
import type { ParsedFunction } from './parse.js';
import type { Origin } from './plan.js';
import type { Subject } from './subject.js';

/** Refuses what no text and no module can give another isolate. */
export function checkKind(fn: unknown): asserts fn is Function {
  if (typeof fn !== 'function') {
    const what = fn === null ? 'null' : `a value of type ${typeof fn}`;
    throw new GoCaptureError(
      'ERR_GO_NOT_FUNCTION',
      `go() needs a function, not ${what}`,
      'Write go(fn, ...args)',
    );
  }
  if (types.isProxy(fn)) {
    throw new GoCaptureError(
      'ERR_GO_NATIVE',
      'The function is a proxy: there is no source to run in another isolate',
      'Wrap it in an arrow function: (...args) => proxy(...args)',
    );
  }
  const named = fn.name === '' ? 'The function' : `Function '${fn.name}'`;
  if (types.isGeneratorFunction(fn)) {
    throw new GoCaptureError(
      'ERR_GO_GENERATOR',
      `${named} is a generator`,
      'Iterate inside the goroutine, and send what it yields over a channel',
    );
  }
  // A class is the only function whose prototype cannot be replaced.
  if (Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable === false) {
    throw new GoCaptureError(
      'ERR_GO_NOT_FUNCTION',
      `Class '${fn.name}' cannot be called`,
      'Make the instance in a function: go(() => new C())',
    );
  }
}

/** Refuses functions without a source of their own. */
export function checkSource(
  fn: Function,
  text: string,
  url: string | null,
  { chain, place }: Origin,
): void {
  const isNative = isNativeText(text);
  if (!isNative && !url?.startsWith('node:')) return;
  const bound = fn.name.startsWith('bound ') ? 'bound' : 'native';
  const what = isNative ? `a ${bound} function` : 'part of Node.js itself';
  const variable = chain.at(-1) ?? null;
  const named = variable === null ? `Function '${fn.name}'` : `Captured function '${variable}'`;
  throw new GoCaptureError(
    'ERR_GO_NATIVE',
    `${named} is ${what}: there is no source to run in another isolate`,
    'Wrap it in an arrow function: (...args) => object.method(...args)',
    { place: place(), variable, chain: chain.slice(0, -1) },
  );
}

/** Refuses what the function takes from around it and no copy can stand for. */
export function checkCaptures(
  subject: Subject,
  { analysis, accessor, anchor }: ParsedFunction,
  chain: readonly string[],
): void {
  const { label } = subject;
  const refuse = (
    code: GoCaptureCode,
    problem: string,
    fix: string,
    at: number,
    variable: string | null = null,
  ): never => {
    const message = problem[0]!.toUpperCase() + problem.slice(1);
    const place = subject.place(anchor, at);
    throw new GoCaptureError(code, message, fix, { place, variable, chain });
  };
  const pass = 'Pass what it needs as an argument';
  if (accessor) {
    refuse('ERR_GO_ACCESSOR', `${label} is a getter or a setter`, 'Wrap it in a function', 0);
  }
  if (analysis.directEval !== null) {
    const problem = `${label} calls eval, so that the variables it uses cannot be known`;
    refuse('ERR_GO_EVAL', problem, 'Use new Function, or (0, eval)(code)', analysis.directEval);
  }
  if (analysis.lexicalThis !== null) {
    const problem = `${label} uses 'this' of the surrounding scope`;
    refuse('ERR_GO_THIS', problem, pass, analysis.lexicalThis);
  }
  if (analysis.lexicalSuper !== null) {
    refuse('ERR_GO_SUPER', `${label} uses 'super'`, pass, analysis.lexicalSuper);
  }
  if (analysis.lexicalArguments !== null) {
    const problem = `${label} uses 'arguments' of the surrounding function`;
    refuse('ERR_GO_ARGUMENTS', problem, pass, analysis.lexicalArguments);
  }
  if (analysis.privateName !== null) {
    const { name, at } = analysis.privateName;
    const problem = `${label} uses the private name '#${name}' of a surrounding class`;
    refuse('ERR_GO_PRIVATE', problem, pass, at, `#${name}`);
  }
}

/**
 * Refuses a captured function that carries more than its source makes: a copy made from the source
 * would lack it.
 */
export function checkProperties(fn: Function, subject: Subject, chain: readonly string[]): void {
  const [own] = Object.keys(fn);
  const methods: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  const isPlain = typeof methods !== 'object' || methods === null || types.isGeneratorFunction(fn);
  const method = isPlain ? undefined : Object.keys(methods)[0];
  if (own === undefined && method === undefined) return;
  const what = own ?? `prototype.${method}`;
  throw new GoCaptureError(
    'ERR_GO_CLONE',
    `Function '${chain.join(' -> ')}' was given the property '${what}', which a goroutine's copy, made from its source, would not have`,
    'Import it from a module of its own, or make it a class',
    { place: subject.ownPlace, variable: chain.at(-1) ?? null, chain: chain.slice(0, -1) },
  );
}
