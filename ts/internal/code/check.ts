/** Refuses functions that would not mean the same in another isolate. */
import { types } from 'node:util';
import { GoCaptureError, type GoCaptureCode } from './capture-error.js';
import type { FreeName } from './free-variables.js';
import { globalKind } from './globals.js';
import { isInjected } from './injected.js';
import { inspectFunction } from './locate.js';
import type { ParsedFunction } from './parse.js';
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
export function checkSource(fn: Function, text: string, url: string | null): void {
  const isNative = /\{\s*\[native code\]\s*\}$/.test(text);
  if (!isNative && !url?.startsWith('node:')) return;
  const bound = fn.name.startsWith('bound ') ? 'bound' : 'native';
  const what = isNative ? `a ${bound} function` : 'part of Node.js itself';
  throw new GoCaptureError(
    'ERR_GO_NATIVE',
    `Function '${fn.name}' is ${what}: there is no source to run in another isolate`,
    'Wrap it in an arrow function: go((...args) => f(...args), ...)',
  );
}

/** Refuses what the function takes from around it. Returns the names that the isolate supplies. */
export function checkCaptures(subject: Subject, parsed: ParsedFunction): string[] {
  const refuse = refuser(subject, parsed);
  const { analysis } = parsed;
  const pass = 'Pass what it needs as an argument';
  if (parsed.accessor) {
    refuse(
      'ERR_GO_ACCESSOR',
      `${subject.label} is a getter or a setter`,
      'Wrap it in a function',
      0,
    );
  }
  if (analysis.directEval !== null) {
    const problem = `${subject.label} calls eval, so that the variables it uses cannot be known`;
    refuse('ERR_GO_EVAL', problem, 'Use new Function, or (0, eval)(code)', analysis.directEval);
  }
  if (analysis.lexicalThis !== null) {
    refuse(
      'ERR_GO_THIS',
      `${subject.label} uses 'this' of the surrounding scope`,
      pass,
      analysis.lexicalThis,
    );
  }
  if (analysis.lexicalSuper !== null) {
    refuse('ERR_GO_SUPER', `${subject.label} uses 'super'`, pass, analysis.lexicalSuper);
  }
  if (analysis.lexicalArguments !== null) {
    const problem = `${subject.label} uses 'arguments' of the surrounding function`;
    refuse('ERR_GO_ARGUMENTS', problem, pass, analysis.lexicalArguments);
  }
  if (analysis.privateName !== null) {
    const { name, at } = analysis.privateName;
    const problem = `${subject.label} uses the private name '#${name}' of a surrounding class`;
    refuse('ERR_GO_PRIVATE', problem, pass, at, `#${name}`);
  }
  checkNames(subject, parsed, refuse);
  return analysis.free.filter((one) => isInjected(one.name)).map((one) => one.name);
}

type Refuse = (
  code: GoCaptureCode,
  problem: string,
  fix: string,
  at: number,
  variable?: string,
) => never;

function refuser(subject: Subject, parsed: ParsedFunction): Refuse {
  return (code, problem, fix, at, variable) => {
    const place = subject.place(parsed.anchor, at);
    const message = problem[0]!.toUpperCase() + problem.slice(1);
    throw new GoCaptureError(code, message, fix, place, variable ?? null);
  };
}

function checkNames(subject: Subject, { analysis, text }: ParsedFunction, refuse: Refuse): void {
  const names = analysis.free.filter((one) => !isInjected(one.name));
  // A global's name may be declared nearer: `import { setTimeout } from 'node:timers/promises'`.
  const scopes =
    names.length === 0
      ? null
      : inspectFunction(
          subject.fn,
          names.map((one) => one.name),
        );
  for (const one of names) {
    const kind = scopes?.declared.has(one.name) ? 'declared' : globalKind(one.name);
    if (kind === 'standard') continue;
    if (kind !== 'declared' && (one.typeofOnly || (scopes !== null && one.guarded))) continue;
    if (kind === 'added') {
      const problem = `'${one.name}' is a global that this program added: other isolates do not have it`;
      refuse('ERR_GO_GLOBAL', problem, passIt(one.name), one.at, one.name);
    }
    if (kind === 'unknown' && scopes !== null) {
      refuse('ERR_GO_UNDEFINED', `'${one.name}' is not defined`, 'Declare it', one.at, one.name);
    }
    refuseCapture(one, text, refuse);
  }
}

function refuseCapture(one: FreeName, text: string, refuse: Refuse): never {
  if (one.write !== null) {
    const problem = `'${one.name}' belongs to the surrounding scope: a goroutine runs in another isolate, so the assignment would be lost`;
    refuse(
      'ERR_GO_WRITE',
      problem,
      'Return the value, or send it over a channel',
      one.write,
      one.name,
    );
  }
  // vitest turns an imported name into a property of the import.
  const member = /^__vi\w*_import_\d+__\.([\w$]+)/.exec(text.slice(one.at))?.[1];
  const name = member ?? one.name;
  const problem = `'${name}' belongs to the surrounding scope: a goroutine runs in another isolate, which does not have it`;
  refuse('ERR_GO_CAPTURE', problem, passIt(name), one.at, name);
}

function passIt(name: string): string {
  return (
    `Pass it as an argument, go((x, ${name}) => ..., x, ${name}), ` +
    'or export the function from a module of its own and pass that'
  );
}
