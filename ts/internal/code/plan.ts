/**
 * What is known of a function's source, worked out once for each place where a function is written
 * and used for every closure made there.
 */
import { GoCaptureError, type Place } from './capture-error.js';
import { checkCaptures, checkSource } from './check.js';
import type { FreeName } from './free-variables.js';
import { leadsToArgument, type CallSite } from './call-site.js';
import type { Captured } from './closure.js';
import { ByPlace } from './function-place.js';
import { isInjected, META } from './injected.js';
import { inspectFunction, learnScriptsFromStack, type FunctionLocation } from './locate.js';
import { moduleBindings, type ModuleBindings } from './module-bindings.js';
import { ParseFailure, parseFunction, type ParsedFunction } from './parse.js';
import type { Source, TextProgram } from './program.js';
import type { Scope } from './scopes.js';
import { offsetAt } from './source-text.js';
import { Subject } from './subject.js';

/** What a name turned out to be, where it is the same for every closure of the place. */
export type Settled =
  /** Nothing to do: every isolate has the global. */
  | { readonly is: 'global' }
  | { readonly is: 'source'; readonly source: Source }
  /** A constant of the module. What it holds is copied anew for each goroutine. */
  | { readonly is: 'constant'; readonly value: unknown };

export class Plan {
  readonly id = nextId++;
  readonly subject: Subject;
  readonly parsed: ParsedFunction;
  readonly text: TextProgram;
  /** The names to look up in the scopes around the function. */
  readonly names: readonly FreeName[];
  readonly settled = new Map<string, Settled>();
  /** What every closure of the place is captured as, once that is known to be the same. */
  fixed: Captured | undefined;

  constructor(subject: Subject, parsed: ParsedFunction) {
    this.subject = subject;
    this.parsed = parsed;
    this.text = textProgram(subject, parsed);
    this.names = parsed.analysis.free.filter((one) => !isInjected(one.name));
  }

  /** Whether the scopes need not be looked at any more. */
  get isSettled(): boolean {
    return this.settled.size === this.names.length;
  }

  place(at: number): Place {
    return this.subject.place(this.parsed.anchor, at);
  }

  /** What the script's top level binds. */
  bindings(): ModuleBindings {
    const { location } = this.subject;
    if (location === null) return new Map();
    let bindings = bindingsOf.get(location.scriptId);
    if (bindings === undefined) {
      bindings = moduleBindings(this.subject.scriptSource() ?? '');
      bindingsOf.set(location.scriptId, bindings);
    }
    return bindings;
  }

  /**
   * Whether the function is written right into the call at that site: `go(() => ...)`. Then the
   * site tells the function, without asking the inspector.
   * @param argument Which argument of the call it is, from 0 up
   */
  isWrittenAt(site: CallSite | null, siteUrl: string | null, argument = 0): boolean {
    const { location, url } = this.subject;
    if (site === null || location === null || url === null || siteUrl !== url) return false;
    const source = this.subject.scriptSource();
    if (source === null) return false;
    const start = offsetAt(source, location) - this.parsed.anchor;
    if (!source.startsWith(this.subject.text, start)) return false;
    const head = CALL_HEAD.exec(source.slice(site.offset, start))?.[0];
    if (head === undefined) return false;
    return leadsToArgument(source.slice(site.offset + head.length, start), argument);
  }
}

/** From the callee's name to the parenthesis: `go(`, `(0, lib.go)(`. */
const CALL_HEAD = /^[\w$.\s]*\)?\s*(?:\?\.\s*)?\(/;

let nextId = 1;

const bindingsOf = new Map<string, ModuleBindings>();

/** Programs that make functions of ever new text must not fill the memory. */
const MAX_PLANS = 10_000;

/** By the place where the function is written, as the inspector tells it. */
const plans = new Map<string, Plan>();

/** The same plans by the place as V8 itself tells it, without the inspector. */
const byPlace = new ByPlace<Plan>(MAX_PLANS);

/** Where V8 does not: functions whose scopes need not be looked at again. */
const settledPlans = new WeakMap<Function, Plan>();

/** The plan that was made for another closure of the same place. */
export function knownPlan(fn: Function): Plan | undefined {
  const plan = byPlace.get(fn);
  // A computed method's name is not in its text.
  return plan !== undefined && plan.subject.name === fn.name ? plan : undefined;
}

/** How a captured function was reached. */
export interface Origin {
  /** The names of the captured functions that lead to it, its own last. */
  readonly chain: readonly string[];
  /** Where the last of them is used. */
  place(): Place | null;
}

const ROOT: Origin = { chain: [], place: () => null };

/** A function's plan, and its scopes unless they are not needed or cannot be had (null). */
export interface Planned {
  readonly plan: Plan;
  readonly scopes: readonly Scope[] | null;
}

/**
 * Finds or makes the plan of a function.
 * @param site Where the function is used, to look for it there if the inspector cannot be asked
 * @param origin How it was reached, for errors
 * @throws GoCaptureError when no closure of its source could run in another isolate
 */
export function planOf(
  fn: Function,
  text: string,
  site: CallSite | null,
  origin: Origin = ROOT,
): Planned {
  const known = knownPlan(fn) ?? settledPlans.get(fn);
  if (known?.isSettled) return { plan: known, scopes: null };
  const inspected = inspectFunction(fn, true);
  const location = inspected?.location ?? null;
  const name = typeof fn.name === 'string' ? fn.name : '';
  const key =
    location === null ? `${site?.file} ${site?.offset} ${text}` : placeKey(location, name);
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = makePlan(fn, name, text, location, inspected?.scopes ?? [], site, origin);
    if (plans.size >= MAX_PLANS) plans.clear();
    plans.set(key, plan);
  }
  byPlace.set(fn, plan);
  if (plan.isSettled) settledPlans.set(fn, plan);
  return { plan, scopes: inspected === null ? null : inspected.scopes };
}

function placeKey({ scriptId, line, column }: FunctionLocation, name: string): string {
  // A computed method's name is not in its text.
  return `${scriptId} ${line} ${column} ${name}`;
}

function makePlan(
  fn: Function,
  name: string,
  text: string,
  location: FunctionLocation | null,
  scopes: readonly Scope[],
  site: CallSite | null,
  origin: Origin,
): Plan {
  learnScriptsFromStack();
  const subject = new Subject(name, text, location, site);
  const { chain } = origin;
  checkSource(fn, text, subject.url, origin);
  const inModule = scopes.some((one) => one.description === 'Module') || subject.isModule;
  const strict = isSloppy(fn, text) ? false : inModule ? true : undefined;
  const parsed = parse(subject, strict, chain);
  checkCaptures(subject, parsed, chain);
  return new Plan(subject, parsed);
}

function parse(
  subject: Subject,
  strict: boolean | undefined,
  chain: readonly string[],
): ParsedFunction {
  try {
    return parseFunction(subject.text, strict);
  } catch (error) {
    if (!(error instanceof ParseFailure)) throw error;
    throw new GoCaptureError(
      'ERR_GO_PARSE',
      `Cannot parse ${subject.label}: ${error.message}`,
      'Export it from a module of its own and pass that',
      { place: subject.ownPlace ?? subject.place(0, error.at), chain, cause: error },
    );
  }
}

/**
 * Whether it is certainly sloppy: only a sloppy `function` lets its `arguments` be read from
 * outside. Arrow functions, methods and async functions do not tell.
 */
export function isSloppy(fn: Function, text: string): boolean {
  if (!text.startsWith('function')) return false;
  try {
    void (fn as { arguments?: unknown }).arguments;
    return true;
  } catch {
    return false;
  }
}

function textProgram(
  subject: Subject,
  { code, form, strict, anchor, analysis }: ParsedFunction,
): TextProgram {
  const start = subject.start(anchor) ?? { line: 0, column: 0 };
  const { name } = subject;
  const line = start.line + 1;
  const column = start.column + 1;
  const injected = analysis.free.filter((one) => isInjected(one.name)).map((one) => one.name);
  const traits = `${form} ${strict ? 'strict' : 'sloppy'} ${name}`;
  return {
    kind: 'text',
    key: `text ${subject.url}:${line}:${column} ${digest(`${traits}\n${code}`)}`,
    code,
    url: subject.url,
    line,
    column,
    form,
    strict,
    name,
    dynamicImport: analysis.dynamicImport,
    injected: analysis.metas.length > 0 ? [...injected, META] : injected,
  };
}

/** 64 bits of FNV-1a, and the length: the place does most of the telling apart. */
export function digest(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (low >>> 15), 0x85ebca6b);
  }
  return `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}-${text.length}`;
}
