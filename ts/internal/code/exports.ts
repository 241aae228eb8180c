/**
 * Finds out whether a function is an export of its module, without importing the module: while its
 * top-level `await` is pending, an import would wait for itself.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { AnyNode, Function as FunctionNode, Program } from 'acorn';
import { acorn } from './acorn.js';
import { functionAnchor } from './anchor.js';
import { analyze } from './free-variables.js';
import { positionAt, type Position } from './source-text.js';

/** Where a CommonJS module holds a function. */
export interface CommonJsExport {
  readonly name: string;
  readonly from: 'module.exports' | 'property';
}

interface LoadedModule {
  readonly exports: unknown;
}

/** The CommonJS module loaded from that URL, or null. */
export function loadedCommonJs(url: string): LoadedModule | null {
  if (!url.startsWith('file:')) return null;
  return createRequire(__filename).cache[fileURLToPath(url)] ?? null;
}

/** Looks the function up, by identity, among the exports of a loaded CommonJS module. */
export function commonJsExport(fn: Function, { exports }: LoadedModule): CommonJsExport | null {
  if (exports === fn) return { name: 'default', from: 'module.exports' };
  if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null) {
    return null;
  }
  // A getter is user code, except where a compiler made it to export a live binding.
  const compiled = Object.hasOwn(exports, '__esModule');
  for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
    const value: unknown = own.get === undefined || !compiled ? own.value : readGetter(own.get);
    if (value === fn) return { name, from: 'property' };
  }
  return null;
}

function readGetter(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return undefined;
  }
}

/** The exported functions of one ECMAScript module, by the place V8 reports for them. */
export type ExportTable = ReadonlyMap<string, string>;

/** The name under which the function at that place is exported, or null. */
export function exportedName(table: ExportTable, place: Position): string | null {
  return table.get(`${place.line}:${place.column}`) ?? null;
}

/**
 * Reads the exported functions off a module's source. A name that the module assigns again is left
 * out: the export may be another function by now.
 */
export function exportTable(source: string): ExportTable {
  const table = new Map<string, string>();
  let program: Program;
  try {
    program = parseModule(source);
  } catch {
    return table;
  }
  const body = viteBody(program) ?? program.body;
  const functions = topLevelFunctions(body);
  const reassigned = reassignedNames(program, body);
  for (const [exported, local] of exportedLocals(body)) {
    const fn = typeof local === 'string' ? functions.get(local) : local;
    if (fn === undefined || (typeof local === 'string' && reassigned.has(local))) continue;
    const { line, column } = positionAt(source, functionAnchor(source, fn));
    table.set(`${line}:${column}`, exported);
  }
  return table;
}

function parseModule(source: string): Program {
  return acorn().parse(source, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    allowHashBang: true,
    // vite's module is the body of an async function.
    allowReturnOutsideFunction: true,
  });
}

/** The names that a top level declares and something in the script assigns again. */
export function reassignedNames(program: Program, body: readonly AnyNode[]): Set<string> {
  const { free } = analyze({ ...program, body: body as Program['body'] }, true);
  return new Set(free.filter((one) => one.write !== null).map((one) => one.name));
}

/** Functions that the top level names: declarations, and constants initialised with one. */
function topLevelFunctions(body: readonly AnyNode[]): Map<string, FunctionNode> {
  const functions = new Map<string, FunctionNode>();
  for (const statement of body) {
    const node =
      statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
        ? statement.declaration
        : statement;
    if (node?.type === 'FunctionDeclaration' && node.id) {
      functions.set(node.id.name, node);
    } else if (node?.type === 'VariableDeclaration') {
      for (const { id, init } of node.declarations) {
        const fn = asFunction(init);
        if (id.type === 'Identifier' && fn !== null) functions.set(id.name, fn);
      }
    }
  }
  return functions;
}

/** Exported name, and what it exports: the name of a local binding, or a function right there. */
function exportedLocals(body: readonly AnyNode[]): [string, string | FunctionNode][] {
  const found: [string, string | FunctionNode][] = [];
  for (const statement of body) {
    if (statement.type === 'ExportNamedDeclaration' && !statement.source) {
      for (const { local, exported } of statement.specifiers) {
        found.push([moduleName(exported), moduleName(local)]);
      }
      const { declaration } = statement;
      if (declaration?.type === 'VariableDeclaration') {
        for (const { id } of declaration.declarations) {
          if (id.type === 'Identifier') found.push([id.name, id.name]);
        }
      } else if (declaration) {
        found.push([declaration.id.name, declaration.id.name]);
      }
    } else if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      const fn = asFunction(declaration);
      if (declaration.type === 'FunctionDeclaration' && declaration.id) {
        found.push(['default', declaration.id.name]);
      } else if (fn !== null) {
        found.push(['default', fn]);
      } else if (declaration.type === 'Identifier') {
        found.push(['default', declaration.name]);
      }
    } else {
      const vite = viteExport(statement);
      if (vite !== null) found.push(vite);
    }
  }
  return found;
}

function moduleName(node: { type: string; name?: string; value?: unknown }): string {
  return node.name ?? String(node.value);
}

function asFunction(node: AnyNode | null | undefined): FunctionNode | null {
  const isFunction =
    node?.type === 'FunctionExpression' ||
    node?.type === 'ArrowFunctionExpression' ||
    node?.type === 'FunctionDeclaration';
  return isFunction ? node : null;
}

/**
 * vite and vitest evaluate a module as the body of an async function, `async (...) => {{ ... }}`,
 * and export with `__vite_ssr_exportName__('f', () => f)`, or with `Object.defineProperty` on
 * `__vite_ssr_exports__`.
 */
export function viteBody({ body }: Program): readonly AnyNode[] | null {
  for (const statement of body) {
    const fn = statement.type === 'ExpressionStatement' ? asFunction(statement.expression) : null;
    if (fn?.body.type !== 'BlockStatement' || !fn.params.some(isVites)) continue;
    const inner = fn.body.body.find((one) => one.type === 'BlockStatement');
    return inner?.type === 'BlockStatement' ? inner.body : fn.body.body;
  }
  return null;
}

/** A parameter that vite's function has. */
function isVites(param: AnyNode): boolean {
  return param.type === 'Identifier' && param.name.startsWith('__vi');
}

function viteExport(statement: AnyNode): [string, string] | null {
  if (statement.type !== 'ExpressionStatement') return null;
  const call = statement.expression;
  if (call.type !== 'CallExpression') return null;
  const isVite =
    call.callee.type === 'Identifier'
      ? call.callee.name === '__vite_ssr_exportName__'
      : call.arguments[0]?.type === 'Identifier' &&
        call.arguments[0].name === '__vite_ssr_exports__';
  const name = call.arguments.find((one) => one.type === 'Literal');
  const local = isVite ? returnedName(call.arguments.at(-1)) : null;
  return name?.type === 'Literal' && local !== null ? [String(name.value), local] : null;
}

/** The name that a getter returns: of `() => f`, of `() => { try { return f } catch {} }`. */
function returnedName(node: AnyNode | null | undefined): string | null {
  switch (node?.type) {
    case 'Identifier':
      return node.name;
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return returnedName(node.body);
    case 'BlockStatement':
      return returnedName(node.body[0]);
    case 'TryStatement':
      return returnedName(node.block);
    case 'ReturnStatement':
      return returnedName(node.argument);
    case 'ObjectExpression':
      return node.properties.map((one) => returnedName(one)).find((one) => one !== null) ?? null;
    case 'Property':
      return node.key.type === 'Identifier' && node.key.name === 'get'
        ? returnedName(node.value)
        : null;
    default:
      return null;
  }
}
