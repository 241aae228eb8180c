/**
 * Captures a function with all it reaches: which values travel, which functions are made anew,
 * what is imported again.
 */
import type { Place } from './capture-error.js';
import { fateOf, isHandle } from './captured-value.js';
import { checkProperties } from './check.js';
import { describeExport } from './describe-export.js';
import { isEntry } from './entry.js';
import type { FreeName } from './free-variables.js';
import type { Binding } from './module-bindings.js';
import { outsideSource } from './outside.js';
import { digest, planOf, type Plan, type Planned } from './plan.js';
import type { Capture, ImportSource, Program, Source } from './program.js';
import {
  refuseCopy,
  refuseEntry,
  refuseUninitialized,
  refuseUnused,
  refuseValue,
  refuseWrite,
  undeclared,
  type Site,
} from './refusals.js';
import { lookup, type Found, type Scope } from './scopes.js';

/** A function as it travels: its program, and the values that go with it. */
export interface Captured {
  readonly program: Program;
  readonly values: readonly unknown[];
  /**
   * Whether the next closure made at the same place is captured the same: it uses nothing but
   * constants of its module. What they hold is copied each time.
   */
  readonly isFixed: boolean;
  /** Throws the error about a value that turned out not to be copyable. */
  refuse(slot: number, cause: Error): never;
}

/** Captures a function whose plan is known. `given` are values that the caller supplied by name. */
export function captureClosure(
  fn: Function,
  planned: Planned,
  given: ReadonlyMap<string, unknown> | null,
): Captured {
  if (given !== null) refuseUnused(given, planned.plan);
  const walk = new Walk(given);
  walk.addRoot(fn, planned);
  return walk.finish();
}

/** One function of the closure, and what captured names led to it. */
interface Reached extends Site {
  readonly fn: Function;
  readonly scopes: readonly Scope[] | null;
}

/** Where a value is used first. Without the scopes, which it would keep alive. */
interface Use {
  readonly one: FreeName;
  readonly site: Site;
}

interface Entry {
  readonly plan: Plan;
  readonly captures: Capture[];
}

class Walk {
  readonly #given: ReadonlyMap<string, unknown> | null;
  readonly #entries: Entry[] = [];
  readonly #indices = new Map<Function, number>();
  readonly #values: unknown[] = [];
  readonly #slots = new Map<object, number>();
  readonly #uses: Use[] = [];
  /** Says the same for the same program: which functions, and what becomes of each name. */
  #signature = '';
  #isFixed = true;

  constructor(given: ReadonlyMap<string, unknown> | null) {
    this.#given = given;
  }

  addRoot(fn: Function, { plan, scopes }: Planned): void {
    this.#add({ fn, plan, scopes, chain: [] });
  }

  finish(): Captured {
    const isFixed = this.#isFixed && this.#given === null;
    const uses = this.#uses;
    return {
      program: this.#program(),
      values: this.#values,
      isFixed,
      refuse: (slot, cause) => refuseCopy(uses[slot]!.one, uses[slot]!.site, cause),
    };
  }

  #program(): Program {
    let program = programs.get(this.#signature);
    if (program === undefined) {
      program = makeProgram(this.#entries, this.#values.length);
      if (programs.size >= MAX_PROGRAMS) programs.clear();
      programs.set(this.#signature, program);
    }
    return program;
  }

  #add(reached: Reached): Source {
    const { fn, plan } = reached;
    const index = this.#entries.length;
    const captures: Capture[] = [];
    this.#indices.set(fn, index);
    this.#entries.push({ plan, captures });
    this.#signature += `(${plan.id}`;
    for (const one of plan.names) {
      const source = this.#resolve(one, reached);
      if (source === null) continue;
      captures.push({ name: one.name, source });
      this.#signature += ` ${one.name} ${source.from} ${markOf(source)}`;
    }
    this.#signature += ')';
    return { from: 'function', index };
  }

  /** Where the name's value comes from in the other isolate; null for a global, which is there. */
  #resolve(one: FreeName, reached: Reached): Source | null {
    if (reached.chain.length === 0 && this.#given?.has(one.name)) {
      refuseWrite(one, reached);
      return this.#value(this.#given.get(one.name), one, reached);
    }
    const settled = reached.plan.settled.get(one.name);
    if (settled?.is === 'global') return null;
    if (settled?.is === 'source') return settled.source;
    if (settled?.is === 'constant') return this.#value(settled.value, one, reached);
    const found = reached.scopes && lookup(reached.scopes, one.name);
    if (found !== null) return this.#captured(found, one, reached);
    // V8 does not keep a variable that is used only when the class is defined.
    if (one.name === reached.plan.parsed.heritage && !(one.name in globalThis)) {
      this.#isFixed = false;
      return this.#value(Object.getPrototypeOf(reached.fn), one, reached);
    }
    return undeclared(one, reached.scopes !== null, reached);
  }

  #captured(found: Found, one: FreeName, reached: Reached): Source {
    const { plan } = reached;
    refuseWrite(one, reached);
    if (found.uninitialized) refuseUninitialized(one, reached);
    const source = bound(found, one, reached);
    if (source !== null && !isHandle(found.value)) {
      plan.settled.set(one.name, { is: 'source', source });
      return source;
    }
    if (source === null && isConstant(found, one, plan)) {
      plan.settled.set(one.name, { is: 'constant', value: found.value });
    } else {
      this.#isFixed = false;
    }
    return this.#value(found.value, one, reached);
  }

  #value(value: unknown, one: FreeName, reached: Reached): Source {
    const slot = this.#slots.get(value as object);
    if (slot !== undefined) return { from: 'value', slot };
    const fate = fateOf(value, one.name);
    switch (fate.is) {
      case 'value': {
        const next = this.#values.push(value) - 1;
        this.#uses.push({ one, site: { plan: reached.plan, chain: reached.chain } });
        if (typeof value === 'object' && value !== null) this.#slots.set(value, next);
        return { from: 'value', slot: next };
      }
      case 'found':
        return fate.source;
      case 'function':
        return this.#function(fate.fn, one, reached);
      case 'refused':
        return refuseValue(fate, one, reached);
    }
  }

  #function(fn: Function, one: FreeName, above: Reached): Source {
    const index = this.#indices.get(fn);
    if (index !== undefined) return { from: 'function', index };
    const chain = [...above.chain, one.name];
    const place = (): Place => above.plan.place(one.at);
    const planned = planOf(fn, toSource.call(fn), null, { chain, place });
    const { subject } = planned.plan;
    if (subject.url !== above.plan.subject.url) {
      const program = describeExport(fn, subject);
      if (program !== null) return { from: 'export', program };
    }
    if (planned.plan.text.form !== 'class') checkProperties(fn, subject, chain);
    return this.#add({ ...planned, fn, chain });
  }
}

const toSource = Function.prototype.toString;

/** By signature. A program's text is made once for each. */
const programs = new Map<string, Program>();

/** Signatures follow the shapes of captured functions, of which a program can have very many. */
const MAX_PROGRAMS = 10_000;

function makeProgram(entries: readonly Entry[], values: number): Program {
  const functions = entries.map(({ plan, captures }) => ({
    text: plan.text,
    captures,
    eager: plan.parsed.eager.filter((name) => captures.some((one) => one.name === name)),
  }));
  const [root] = functions;
  if (functions.length === 1 && root!.captures.length === 0) return root!.text;
  const contents = digest(JSON.stringify(functions));
  return { kind: 'closure', key: `closure ${contents} ${root!.text.key}`, values, functions };
}

/** Tells sources apart. */
export function markOf(source: Source): string | number {
  switch (source.from) {
    case 'value':
      return source.slot;
    case 'function':
      return source.index;
    case 'global':
      return source.path.join('.');
    case 'symbol':
      return source.key;
    case 'export':
      return source.program.key;
    case 'require':
      return source.url;
    case 'module':
      return `${source.via} ${source.url} ${source.specifier} ${source.name} ${source.interop}`;
  }
}

/** What the script itself says of the name: it is imported, or one of CommonJS's own. */
function bound(found: Found, one: FreeName, reached: Reached): Source | null {
  const outside = outsideSource(found.scope, one.name);
  if (outside !== null) return outside;
  const { plan } = reached;
  const { url } = plan.subject;
  if (found.outermost && isCommonJsName(one.name, found.value) && url !== null) {
    if (one.name === 'require') return { from: 'require', url };
    if (one.name === 'exports' || one.name === 'module') return ownExports(one, url, reached);
  }
  const binding = plan.bindings().get(one.name);
  if (!binding?.imported || !isTopLevel(found, binding)) return null;
  const source: ImportSource = { from: 'module', url, ...binding.imported };
  const target = targetOf(source);
  if (target === null || !isEntry(target)) return source;
  if (source.name !== null && typeof found.value === 'function') return null;
  return refuseEntry(one, reached);
}

function isCommonJsName(name: string, value: unknown): boolean {
  if (name === 'require') return typeof value === 'function' && 'resolve' in value;
  if (typeof value !== 'object' || value === null) return false;
  return name === 'exports' || (name === 'module' && 'exports' in value);
}

/** A CommonJS module that refers to its own exports, as compiled TypeScript does. */
function ownExports(one: FreeName, url: string, reached: Reached): Source {
  if (isEntry(url) || one.name === 'module') return refuseEntry(one, reached);
  return { from: 'module', specifier: url, url, name: null, via: 'require', interop: false };
}

/** The module a relative specifier means; null for packages. */
function targetOf({ specifier, url }: ImportSource): string | null {
  if (!/^(\.{0,2}\/|file:)/.test(specifier)) return null;
  try {
    return new URL(specifier, url ?? undefined).href;
  } catch {
    return null;
  }
}

/** Whether it holds the same for every closure of the place, from now on. */
function isConstant(found: Found, one: FreeName, plan: Plan): boolean {
  // An `undefined` may be a `var` whose initialiser has not run.
  if (found.value === undefined) return false;
  if (found.outermost && (one.name === '__filename' || one.name === '__dirname')) return true;
  const binding = plan.bindings().get(one.name);
  if (!binding?.constant || binding.imported) return false;
  return isTopLevel(found, binding) && (found.inModule || !binding.shadowable);
}

/**
 * Whether it is the script's own binding that was found. A module's scope says so itself; other
 * top levels are functions like any other to V8 (CommonJS, test runners).
 */
function isTopLevel(found: Found, binding: Binding): boolean {
  return found.inModule || binding.unique;
}
