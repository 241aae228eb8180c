/**
 * Asks V8, through the inspector, where a function is written and what its scopes declare.
 *
 * Everything is synchronous: a session's callbacks run before `post` returns. Where they do not
 * (Deno), or where there is no inspector (`--permission`, Bun, a Node.js built without), every
 * question here is answered with null and the caller does without.
 *
 * The Debugger domain is the only sure source of scripts' URLs and texts, but while it is enabled
 * `await` is several times slower: it is enabled, read and disabled in one go (`readScripts`).
 */
import type { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import util from 'node:util';
import type { Scope } from './scopes.js';

/** Where a function is written: a place in a script. Both count from 0. */
export interface FunctionLocation {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** A script as V8 knows it. */
export interface Script {
  /** Its URL, null when it has none that could be imported from or shown. */
  readonly url: string | null;
  /** An ECMAScript module; undefined when not known yet. */
  readonly isModule: boolean | undefined;
  readonly sourceMapURL: string | undefined;
}

/** What V8 says about a function. */
export interface Inspected {
  readonly location: FunctionLocation | null;
  /** The scopes around it, if asked for: as they are now, and good until the function runs on. */
  readonly scopes: readonly Scope[];
}

type Post = (method: string, params?: object) => unknown;

/** Inspects a function; `withScopes`, the variables around it as well. */
export function inspectFunction(fn: Function, withScopes = false): Inspected | null {
  const post = connect();
  if (post === null) return null;
  const slot = openSlot(post);
  slot.fn = fn;
  try {
    const { result } = post('Runtime.evaluate', {
      expression: READ,
      objectGroup: GROUP,
    }) as { result: { objectId: string } };
    // Half of all that this takes: V8 describes the function's own properties and prototype as well.
    const { internalProperties = [] } = post('Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    }) as { internalProperties?: InternalProperty[] };
    const find = (name: string) => internalProperties.find((one) => one.name === name)?.value;
    const scopes = find('[[Scopes]]')?.objectId;
    if (scopes !== undefined && withScopes) {
      // A real array, though without a prototype: hand it over instead of describing it in messages.
      post('Runtime.callFunctionOn', {
        objectId: scopes,
        functionDeclaration: HAND_OVER,
      });
    }
    return {
      location: toLocation(find('[[FunctionLocation]]')?.value),
      scopes: Array.from(slot.scopes ?? []),
    };
  } catch {
    return null;
  } finally {
    slot.fn = slot.scopes = undefined;
  }
}

/** Short names: each message is parsed three times on its way. */
const SLOT = '__gosched';
const GROUP = 'go';
const READ = `${SLOT}.fn`;
/** A function that is there already: one written out here would be compiled each time. */
const HAND_OVER = `${SLOT}.take`;

/** Where the inspector finds the function, and leaves its scopes. */
interface Slot {
  fn: Function | undefined;
  scopes: ArrayLike<Scope> | undefined;
  /** Called with the scopes as `this`. */
  readonly take: (this: ArrayLike<Scope>) => void;
}

function newSlot(): Slot {
  const slot: Slot = {
    fn: undefined,
    scopes: undefined,
    take() {
      slot.scopes = this;
    },
  };
  return slot;
}

/** Open from the first question of a turn to its end, for all of them. */
let open: { readonly slot: Slot; uses: number } | null = null;

/** How many functions the inspector may hold before it is told to forget them: a guess. */
const MAX_HELD = 64;

function openSlot(post: Post): Slot {
  if (open === null) {
    open = { slot: newSlot(), uses: 0 };
    Object.defineProperty(realmGlobal(), SLOT, { value: open.slot, configurable: true });
    void resolved.then(closeSlot);
  } else if (++open.uses % MAX_HELD === 0) {
    post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }
  return open.slot;
}

const resolved = Promise.resolve();

function closeSlot(): void {
  open = null;
  Reflect.deleteProperty(realmGlobal(), SLOT);
  connected?.('Runtime.releaseObjectGroup', { objectGroup: GROUP });
}

interface InternalProperty {
  readonly name: string;
  readonly value?: { readonly objectId?: string; readonly value?: unknown };
}

function toLocation(value: unknown): FunctionLocation | null {
  if (typeof value !== 'object' || value === null) return null;
  const { scriptId, lineNumber, columnNumber } = value as Record<string, unknown>;
  return { scriptId: String(scriptId), line: Number(lineNumber), column: Number(columnNumber) };
}

// Scripts

const scripts = new Map<string, Script>();

/** The script of that id. The first time costs tens of milliseconds in a large program. */
export function scriptOf(id: string, needModuleFlag = false): Script | null {
  const known = scripts.get(id);
  if (known !== undefined && !(needModuleFlag && known.isModule === undefined)) return known;
  readScripts();
  return scripts.get(id) ?? null;
}

/** The script's text as V8 compiled it, after any loader or compiler. */
export function sourceOf(id: string): string | null {
  return readScripts(id);
}

/**
 * Learns the scripts of the functions on the stack, without the debugger: a closure is mostly
 * written in the function that calls `go()` with it. Needs Node.js 22.
 */
export function learnScriptsFromStack(): void {
  const sites = (util as { getCallSites?: (count: number) => CallSiteData[] }).getCallSites?.(8);
  for (const { scriptId, scriptName } of sites ?? []) {
    if (scriptId === undefined || scriptId === '' || scripts.has(scriptId)) continue;
    scripts.set(scriptId, {
      url: toUrl(scriptName),
      isModule: undefined,
      sourceMapURL: undefined,
    });
  }
}

interface CallSiteData {
  readonly scriptId?: string;
  readonly scriptName: string;
}

interface ScriptParsed {
  readonly scriptId: string;
  readonly url: string;
  readonly isModule?: boolean;
  readonly sourceMapURL?: string;
}

/**
 * The URL of a script that has run, in a few milliseconds instead of the tens that enabling the
 * debugger takes (it hashes every script). Null when it is not to be had this way.
 */
export function urlWithoutDebugger(id: string): string | null {
  // Disabling the Profiler domain would end the coverage that Node.js records, so it stays enabled,
  // which costs nothing by itself; and while coverage is recorded it is left alone altogether.
  if (process.env['NODE_V8_COVERAGE']) return null;
  const post = connect();
  if (post === null) return null;
  try {
    post('Profiler.enable');
    const { result } = post('Profiler.getBestEffortCoverage') as {
      result: readonly { readonly scriptId: string; readonly url: string }[];
    };
    return toUrl(result.find(({ scriptId }) => scriptId === id)?.url);
  } catch {
    return null;
  }
}

/** Reads all scripts' URLs, and the text of one. */
function readScripts(sourceOfId?: string): string | null {
  const post = connect();
  if (post === null || session === null) return null;
  const onParsed = ({ params }: { params: ScriptParsed }): void => {
    scripts.set(params.scriptId, {
      url: toUrl(params.url),
      isModule: params.isModule ?? false,
      sourceMapURL: params.sourceMapURL || undefined,
    });
  };
  session.on('Debugger.scriptParsed', onParsed as never);
  try {
    post('Debugger.enable', { maxScriptsCacheSize: 0 });
    if (sourceOfId === undefined) return null;
    const reply = post('Debugger.getScriptSource', { scriptId: sourceOfId });
    return (reply as { scriptSource: string }).scriptSource;
  } catch {
    return null;
  } finally {
    session.off('Debugger.scriptParsed', onParsed as never);
    post('Debugger.disable');
  }
}

/** The source map comment of a script that is known already. */
export function sourceMapUrlOf(url: string): string | undefined {
  for (const script of scripts.values()) {
    if (script.url === url && script.sourceMapURL !== undefined) return script.sourceMapURL;
  }
  return undefined;
}

/** CommonJS scripts carry a path, modules a URL, evaluated code a made-up name. */
export function toUrl(name: string | null | undefined): string | null {
  if (!name) return null;
  if (path.isAbsolute(name)) return pathToFileURL(name).href;
  return /^[a-z][a-z0-9+.-]+:/i.test(name) ? name : null;
}

// The session

let session: Session | null = null;
let connected: Post | null | undefined;

/** Throws in a Node.js built without one, which is why it is no static import. */
function loadInspector(): typeof import('node:inspector') {
  return createRequire(__filename)('node:inspector') as typeof import('node:inspector');
}

/** Opens the one session, which stays: it neither slows the program nor keeps it alive. */
function connect(): Post | null {
  if (connected !== undefined) return connected;
  connected = null;
  try {
    const { Session } = loadInspector();
    const opened = new Session();
    opened.connect();
    const post: Post = (method, params) => call(opened, method, params);
    post('Runtime.evaluate', { expression: '0', silent: true });
    session = opened;
    connected = post;
  } catch {
    // No inspector here.
  }
  return connected;
}

function call(on: Session, method: string, params: object | undefined): unknown {
  let reply: { error: Error | null; result: unknown } | undefined;
  on.post(method, params ?? {}, (error: Error | null, result: unknown) => {
    reply = { error, result };
  });
  if (reply === undefined) throw new Error(`no immediate reply to ${method}`);
  if (reply.error !== null) throw reply.error;
  return reply.result;
}

/**
 * The global object that `Runtime.evaluate` sees. It is not ours when the library was loaded into
 * a `vm` context, as test runners do.
 */
function realmGlobal(): object {
  if (realm !== undefined) return realm;
  try {
    const { Session } = loadInspector();
    realm = (Session.constructor as FunctionConstructor)('return globalThis')() as object;
  } catch {
    // --disallow-code-generation-from-strings
    realm = globalThis;
  }
  return realm;
}

let realm: object | undefined;
