import { callSite, type CallSite } from './call-site.js';
import { GoCaptureError } from './capture-error.js';
import { checkKind } from './check.js';
import { captureClosure, markOf, type Captured } from './closure.js';
import { describeExport, exportProgram } from './describe-export.js';
import { exportByText } from './export-by-text.js';
import { toUrl } from './locate.js';
import { nativeSource } from './native-path.js';
import { isSloppy, knownPlan, planOf, type Plan, type Planned } from './plan.js';
import type { NativeProgram, Program } from './program.js';

/**
 * Turns a function into what another isolate needs to run it.
 *
 * A function that a loaded module exports, other than the entry module, is named by module and
 * export. Any other is given by its text, with what it captures.
 *
 * Cheap when repeated for a new closure of the same place, unless it captures variables of a
 * function.
 *
 * @param above Whose caller counts as the place where the function is used.
 * @throws GoCaptureError when the function cannot run elsewhere.
 */
export function capture(fn: Function, above: Function = capture): Captured {
  const known = knownPlan(fn)?.fixed;
  if (known !== undefined) return known;
  checkKind(fn);
  const text: string = toSource.call(fn);
  const twins = byText.get(text);
  if (twins?.anywhere !== undefined && !isSloppy(fn, text)) return twins.anywhere;
  const site = twins?.byPlace ? null : callSite(above);
  const twin = site === null ? undefined : twins?.bySite.get(siteKey(fn, text, site));
  return twin ?? captureAnew(fn, text, twins, site);
}

/**
 * Captures with values given by name; what else the function uses is captured as by `capture`.
 * @throws GoCaptureError when the function cannot run elsewhere.
 */
export function captureWith(
  given: ReadonlyMap<string, unknown>,
  fn: Function,
  above: Function,
): Captured {
  const plan = knownPlan(fn);
  if (plan && isGiven(plan, given)) return captureClosure(fn, { plan, scopes: null }, given);
  checkKind(fn);
  const text: string = toSource.call(fn);
  const site = callSite(above);
  const key = site && `${siteKey(fn, text, site)} ${text}`;
  const known = key === null ? undefined : givenPlans.get(key);
  if (known && isGiven(known, given)) {
    return captureClosure(fn, { plan: known, scopes: null }, given);
  }
  const planned = planOf(fn, text, site);
  if (key !== null && known === undefined) {
    if (givenPlans.size >= MAX_TEXTS) givenPlans.clear();
    givenPlans.set(key, planned.plan.isWrittenAt(site, toUrl(site?.file), 1) ? planned.plan : null);
  }
  return captureClosure(fn, planned, given);
}

/** Whether the scopes need not be looked at: each name is given, or the same for every closure. */
function isGiven(plan: Plan, given: ReadonlyMap<string, unknown>): boolean {
  return plan.names.every(({ name }) => given.has(name) || plan.settled.has(name));
}

/** By the place of the call and the text: the function written right into it, or that none is. */
const givenPlans = new Map<string, Plan | null>();

const toSource = Function.prototype.toString;

/**
 * Functions of the same text, for when V8 does not tell where a function is written (`knownPlan`).
 * Two closures of one text are one program only if they are written in one place: elsewhere a name
 * may mean something else, and stacks would point at the wrong file. Then only the inspector tells
 * the place for certain, in about 50 us, so it is asked as seldom as is safe:
 * - a function that uses no name from outside but a few of the language's that nobody shadows, and
 *   throws nothing itself, is the same anywhere. Only the stack of an accidental error may show a
 *   twin's place;
 * - one that is written into the very call that uses it is known by the place of that call (4 us),
 *   unless it captures variables of a function: those are other ones each time;
 * - for any other the inspector is asked, which tells its place and its variables.
 */
interface Twins {
  anywhere?: Captured;
  readonly bySite: Map<string, Captured>;
  byPlace: boolean;
}

const byText = new Map<string, Twins>();

/** Programs that make functions of ever new text must not fill the memory. */
const MAX_TEXTS = 10_000;

function twinsOf(text: string): Twins {
  let twins = byText.get(text);
  if (twins === undefined) {
    if (byText.size >= MAX_TEXTS) byText.clear();
    byText.set(text, (twins = { bySite: new Map(), byPlace: false }));
  }
  return twins;
}

function captureAnew(
  fn: Function,
  text: string,
  twins: Twins | undefined,
  site: CallSite | null,
): Captured {
  if (!twins?.byPlace) {
    const quick = exportByText(fn, text);
    if (quick !== null) return fixed(exportProgram(quick.url, quick.name, 'namespace'));
  }
  const planned = planOrNative(fn, text, site);
  if ('kind' in planned) return fixed(planned);
  if (!twins?.byPlace) {
    const exported = describeExport(fn, planned.plan.subject);
    if (exported !== null) return fixed(exported);
  }
  const captured = captureClosure(fn, planned, null);
  remember(fn, planned.plan, captured, site);
  return captured;
}

/** Looked up last: finding out what the runtime's functions are takes milliseconds. */
function planOrNative(fn: Function, text: string, site: CallSite | null): Planned | NativeProgram {
  try {
    return planOf(fn, text, site);
  } catch (error) {
    const isNative = error instanceof GoCaptureError && error.code === 'ERR_GO_NATIVE';
    const source = isNative ? nativeSource(fn) : null;
    if (source === null) throw error;
    return { kind: 'native', key: `native ${markOf(source)}`, source };
  }
}

function fixed(program: Program): Captured {
  return { program, values: [], isFixed: true, refuse: neverRefused };
}

function neverRefused(_slot: number, cause: Error): never {
  throw cause;
}

function remember(fn: Function, plan: Plan, captured: Captured, site: CallSite | null): void {
  if (captured.isFixed) plan.fixed = captured;
  const { text } = plan.subject;
  const twins = twinsOf(text);
  if (captured.isFixed && isSameAnywhere(plan, captured.program)) {
    twins.anywhere = captured;
    return;
  }
  // Without an inspector the site is all there is; then nothing was captured either.
  const bySite = plan.subject.location === null || plan.isWrittenAt(site, toUrl(site?.file));
  if (captured.isFixed && bySite && site !== null) {
    twins.bySite.set(siteKey(fn, text, site), captured);
  } else {
    twins.byPlace = true;
  }
}

/** Names of the language that programs do not give another meaning. */
const UNMISTAKABLE = new Set(
  'undefined NaN Infinity Math JSON Object Array String Number Boolean BigInt Symbol'.split(' '),
);

function isSameAnywhere({ parsed }: Plan, program: Program): boolean {
  const { strict, analysis } = parsed;
  if (program.kind !== 'text' || program.dynamicImport || program.injected.length > 0) return false;
  return strict && !analysis.throws && analysis.free.every((one) => UNMISTAKABLE.has(one.name));
}

function siteKey(fn: Function, text: string, site: CallSite): string {
  return `${isSloppy(fn, text) ? 'sloppy ' : ''}${site.offset} ${site.file}`;
}
