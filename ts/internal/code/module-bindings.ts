/**
 * What the top level of a script binds its names to, read off its source: imports, which are
 * imported again elsewhere, and constants, which need to be looked at only once.
 */
import type { AnyNode, Expression, Pattern, Program } from 'acorn';
import { acorn } from './acorn.js';
import { viteBody } from './exports.js';
import { analyze, children, declare } from './free-variables.js';
import type { ImportSource } from './program.js';

/** An import, but for the script that it is in. */
export type Imported = Omit<ImportSource, 'from' | 'url'>;

export interface Binding {
  readonly imported: Imported | null;
  /** Nothing assigns it again after its declaration. */
  readonly constant: boolean;
  /** No other scope of the script declares the same name. */
  readonly unique: boolean;
  /** An `eval` of the script could declare the same name in another scope. */
  readonly shadowable: boolean;
}

export type ModuleBindings = ReadonlyMap<string, Binding>;

/** Reads the bindings off a script's source. One that cannot be parsed has none. */
export function moduleBindings(source: string): ModuleBindings {
  const bindings = new Map<string, Binding>();
  const program = parseScript(source);
  if (program === null) return bindings;
  const body = viteBody(program) ?? program.body;
  const top: TopLevel = { names: new Set(), immutable: new Set(), imports: new Map() };
  for (const statement of body) readStatement(statement, top);
  const { free, directEval } = analyze({ ...program, body: body as Program['body'] }, true);
  const written = new Set(free.filter((one) => one.write !== null).map((one) => one.name));
  const counts = declarations(program);
  for (const name of top.names) {
    const assigned = written.has(name) && !top.immutable.has(name);
    bindings.set(name, {
      // That an `eval` should assign an import is too far-fetched to do without all imports for it.
      imported: assigned ? null : (top.imports.get(name) ?? null),
      constant: !assigned && (directEval === null || top.immutable.has(name)),
      unique: counts.get(name) === 1,
      shadowable: directEval !== null,
    });
  }
  return bindings;
}

function parseScript(source: string): Program | null {
  for (const sourceType of ['module', 'script'] as const) {
    try {
      return acorn().parse(source, {
        ecmaVersion: 'latest',
        sourceType,
        allowHashBang: true,
        allowReturnOutsideFunction: true,
        allowAwaitOutsideFunction: true,
      });
    } catch {
      // The other kind, perhaps.
    }
  }
  return null;
}

interface TopLevel {
  readonly names: Set<string>;
  /** Those that not even `eval` can assign. */
  readonly immutable: Set<string>;
  readonly imports: Map<string, Imported>;
}

function readStatement(statement: AnyNode, top: TopLevel): void {
  const { names, immutable, imports } = top;
  switch (statement.type) {
    case 'ImportDeclaration':
      for (const one of statement.specifiers) {
        names.add(one.local.name);
        immutable.add(one.local.name);
        const name =
          one.type === 'ImportNamespaceSpecifier'
            ? null
            : one.type === 'ImportDefaultSpecifier'
              ? 'default'
              : moduleName(one.imported);
        imports.set(one.local.name, esImport(String(statement.source.value), name));
      }
      break;
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      if (statement.declaration) readStatement(statement.declaration, top);
      break;
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      if (statement.id) names.add(statement.id.name);
      break;
    case 'VariableDeclaration':
      for (const { id, init } of statement.declarations) {
        declare(id, names);
        if (statement.kind === 'const') declare(id, immutable);
        if (init) readImports(id, init, imports);
      }
      break;
  }
}

function esImport(specifier: string, name: string | null): Imported {
  return { specifier, name, via: 'import', interop: false };
}

function moduleName(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : String((node as { value?: unknown }).value);
}

/** `const x = require('y')`, `const { a: b } = await import('y')` and the like. */
function readImports(id: Pattern, init: Expression, imports: Map<string, Imported>): void {
  const imported = importOf(init);
  if (imported === null) return;
  if (id.type === 'Identifier') {
    imports.set(id.name, imported);
    return;
  }
  if (id.type !== 'ObjectPattern' || imported.name !== null) return;
  for (const property of id.properties) {
    if (property.type !== 'Property' || property.computed) continue;
    if (property.value.type !== 'Identifier') continue;
    imports.set(property.value.name, { ...imported, name: moduleName(property.key) });
  }
}

function importOf(node: Expression): Imported | null {
  switch (node.type) {
    case 'AwaitExpression':
      return importOf(node.argument);
    case 'ImportExpression': {
      const specifier = literal(node.source);
      return specifier === null ? null : esImport(specifier, null);
    }
    case 'MemberExpression': {
      if (node.object.type === 'Super' || node.computed) return null;
      const whole = importOf(node.object);
      if (whole === null || whole.name !== null || whole.interop) return null;
      return { ...whole, name: moduleName(node.property) };
    }
    case 'CallExpression':
      return importCall(node.callee, node.arguments[0]);
    default:
      return null;
  }
}

/** What compilers wrap `require` in, so that `default` and named imports work. */
const INTEROP = /^(__toESM|__importDefault|__importStar|_interop\w*)$/;

function importCall(callee: AnyNode, first: AnyNode | undefined): Imported | null {
  const name =
    callee.type === 'Identifier'
      ? callee.name
      : callee.type === 'MemberExpression' && callee.property.type === 'Identifier'
        ? callee.property.name
        : '';
  const specifier = literal(first);
  if (name === 'require' && callee.type === 'Identifier' && specifier !== null) {
    return { specifier, name: null, via: 'require', interop: false };
  }
  // vite and vitest; a native `import` finds the same file.
  if (/^__vi(te_ssr)?_import__$/.test(name) && specifier !== null) return esImport(specifier, null);
  if (!INTEROP.test(name) || first?.type !== 'CallExpression') return null;
  const inner = importOf(first);
  return inner?.via === 'require' && inner.name === null ? { ...inner, interop: true } : null;
}

function literal(node: AnyNode | undefined): string | null {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : null;
}

/** How often each name is declared anywhere in the script. */
function declarations(program: Program): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const into = {
    add(name: string): Set<string> {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return NONE;
    },
  };
  const visit = (node: AnyNode): void => {
    switch (node.type) {
      case 'VariableDeclarator':
        declare(node.id, into);
        break;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        if (node.id) into.add(node.id.name);
        for (const param of node.params) declare(param, into);
        break;
      case 'ClassDeclaration':
      case 'ClassExpression':
        if (node.id) into.add(node.id.name);
        break;
      case 'CatchClause':
        if (node.param) declare(node.param, into);
        break;
      case 'ImportSpecifier':
      case 'ImportDefaultSpecifier':
      case 'ImportNamespaceSpecifier':
        into.add(node.local.name);
        break;
    }
    for (const child of children(node)) visit(child);
  };
  visit(program);
  return counts;
}

const NONE = new Set<string>();
