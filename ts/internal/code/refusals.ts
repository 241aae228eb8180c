/** What a closure is refused for: the error of each, with its place and what led there. */
import { inBun } from '../in-bun.js';
import { GoCaptureError, type GoCaptureCode } from './capture-error.js';
import type { Fate } from './captured-value.js';
import type { FreeName } from './free-variables.js';
import { globalKind } from './globals.js';
import type { Plan } from './plan.js';

/** The function that uses a name, and the captured names that led to it. */
export interface Site {
  readonly plan: Plan;
  readonly chain: readonly string[];
}

function refuse(
  code: GoCaptureCode,
  problem: string,
  fix: string,
  at: number,
  name: string,
  { plan, chain }: Site,
  cause?: Error,
): never {
  const details = { place: plan.place(at), variable: name, chain };
  throw new GoCaptureError(
    code,
    problem,
    fix,
    cause === undefined ? details : { ...details, cause },
  );
}

/**
 * A name that no scope declares: a global, a mistake, or a scope that cannot be read (`canRead`).
 * Returns for a global, which is there without being captured.
 */
export function undeclared(one: FreeName, canRead: boolean, site: Site): null {
  const { name, at } = one;
  const kind = globalKind(name);
  if (kind === 'standard' || one.typeofOnly || (canRead && one.guarded && kind === 'unknown')) {
    site.plan.settled.set(name, { is: 'global' });
    return null;
  }
  if (kind === 'added') {
    const problem = `'${name}' is a global that this program added: other isolates do not have it`;
    return refuse('ERR_GO_GLOBAL', problem, passIt(name), at, name, site);
  }
  if (canRead) {
    if (site.plan.parsed.eager.includes(name)) return refuseUnkept(one, site);
    return refuse('ERR_GO_UNDEFINED', `'${name}' is not defined`, 'Declare it', at, name, site);
  }
  refuseWrite(one, site);
  const problem = `'${name}' belongs to the surrounding scope, which cannot be read here: this runtime offers no inspector`;
  return refuse('ERR_GO_CAPTURE', problem, passIt(name), at, name, site);
}

function refuseUnkept({ name, at }: FreeName, site: Site): never {
  const problem = `'${name}' is used only while the class is defined, after which the runtime forgets it`;
  const fix = 'Use its value instead, or import the class from a module of its own';
  return refuse('ERR_GO_CAPTURE', problem, fix, at, name, site);
}

function passIt(name: string): string {
  return (
    `Name what is captured, go.with({ ${name} }, fn, ...args), or pass it as an argument, ` +
    `go((x, ${name}) => ..., x, ${name})`
  );
}

/**
 * A minifier renames the variable but not the name it was given under; without this the variable's
 * own value would silently be captured instead.
 *
 * Bun writes constants into the code that use them when it loads a file, so there a name of a primitive
 * value may well be missing.
 */
export function refuseUnused(given: ReadonlyMap<string, unknown>, plan: Plan): void {
  for (const [name, value] of given) {
    if (plan.names.some((one) => one.name === name)) continue;
    if (inBun && Object(value) !== value) continue;
    throw new GoCaptureError(
      'ERR_GO_UNUSED',
      `go.with() was given '${name}', which ${plan.subject.label} does not use`,
      'Leave it out; or, if a minifier renamed it, pass it as an argument',
      { place: plan.subject.ownPlace, variable: name },
    );
  }
}

export function refuseWrite({ name, write }: FreeName, site: Site): void {
  if (write === null) return;
  const problem = `'${name}' is assigned, but belongs to the surrounding scope: a goroutine has a copy, so the assignment would be lost`;
  const fix = 'Return the value, or send it over a channel';
  refuse('ERR_GO_WRITE', problem, fix, write, name, site);
}

export function refuseUninitialized({ name, at }: FreeName, site: Site): never {
  const problem = `'${name}' is captured before its declaration has run`;
  return refuse('ERR_GO_TDZ', problem, 'Call go() after it', at, name, site);
}

export function refuseEntry({ name, at }: FreeName, site: Site): never {
  const problem = `'${name}' can only be had by importing the program's entry module in the other isolate, which would run the program again`;
  return refuse('ERR_GO_ENTRY', problem, 'Move it to a module of its own', at, name, site);
}

export function refuseValue(
  fate: Extract<Fate, { is: 'refused' }>,
  one: FreeName,
  site: Site,
): never {
  return refuse(fate.code, `Captured ${fate.why}`, fate.fix, one.at, one.name, site);
}

export function refuseCopy(one: FreeName, site: Site, cause: Error): never {
  const problem = `Captured '${one.name}' cannot be copied: ${cause.message}`;
  const fix = 'Take what the goroutine needs out of it, into variables of its own';
  return refuse('ERR_GO_CLONE', problem, fix, one.at, one.name, site, cause);
}
