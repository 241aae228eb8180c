/**
 * Scope analysis of one function: which names it takes from around it.
 *
 * One pass over the ESTree. A reference is kept in the scope where it occurs until that scope is
 * left; then it is either declared there or handed to the enclosing scope. What leaves the root
 * is free. Hoisted names (`var`, functions) are declared when their scope is entered, which is why
 * entering a scope looks ahead.
 */
import type {
  AnyNode,
  ArrowFunctionExpression,
  Class,
  Function as FunctionNode,
  Identifier,
  Pattern,
  PrivateIdentifier,
  Property,
} from 'acorn';

/** A name that the code uses and does not declare. Places are offsets into the parsed text. */
export interface FreeName {
  readonly name: string;
  /** The first use. */
  readonly at: number;
  /** The first assignment, or null. */
  readonly write: number | null;
  /** Some use is `typeof name`, which does not throw when the name is declared nowhere. */
  readonly guarded: boolean;
  /** Every use is `typeof name`. */
  readonly typeofOnly: boolean;
}

/** A stretch of the parsed text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a function takes from around it. Places are offsets into the parsed text. */
export interface Analysis {
  /** In order of first use; `arguments` is not among them. */
  readonly free: readonly FreeName[];
  readonly lexicalThis: number | null;
  readonly lexicalSuper: number | null;
  readonly lexicalArguments: number | null;
  readonly privateName: { readonly name: string; readonly at: number } | null;
  readonly directEval: number | null;
  readonly dynamicImport: boolean;
  /** Each `import.meta`. */
  readonly metas: readonly Span[];
  /** Has a `throw` statement. */
  readonly throws: boolean;
}

/**
 * Analyses a function, a method (a `Property` of an object literal) or a whole program. The
 * declarations at the top level of a program count as free, so that assignments to them show.
 */
export function analyze(root: AnyNode, strict: boolean): Analysis {
  const walker = new Walker(strict);
  walker.run(root);
  return walker.result();
}

interface Reference {
  readonly name: string;
  readonly at: number;
  readonly write: boolean;
  readonly guard: boolean;
}

interface Scope {
  /** 'function' binds `this`, `super` and `arguments`; so do fields and static blocks ('body'). */
  readonly kind: 'function' | 'body' | 'arrow' | 'block' | 'class';
  readonly parent: Scope | null;
  readonly names: Set<string>;
  readonly references: Reference[];
  readonly privates: Set<string>;
}

interface Uses {
  at: number;
  write: number | null;
  guarded: boolean;
  typeofOnly: boolean;
}

class Walker {
  readonly #strict: boolean;
  readonly #free = new Map<string, Uses>();
  readonly #metas: Span[] = [];
  #scope: Scope | null = null;
  /** The scope of a method that is itself the root: its `super` belongs to an object left behind. */
  #rootMethod: Scope | null = null;
  #this: number | null = null;
  #super: number | null = null;
  #private: { name: string; at: number } | null = null;
  #eval: number | null = null;
  #dynamicImport = false;
  #throws = false;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  run(root: AnyNode): void {
    if (root.type === 'Property') {
      // The key is not part of the function; a computed one is blanked out before it runs.
      this.#function(root.value as FunctionNode, true);
    } else if (root.type === 'Program') {
      this.#all(root.body);
    } else {
      this.#visit(root);
    }
  }

  result(): Analysis {
    const args = this.#free.get('arguments');
    this.#free.delete('arguments');
    const free = [...this.#free].map(([name, uses]) => ({ name, ...uses }));
    return {
      free: free.sort((a, b) => a.at - b.at),
      lexicalThis: this.#this,
      lexicalSuper: this.#super,
      lexicalArguments: args?.at ?? null,
      privateName: this.#private,
      directEval: this.#eval,
      dynamicImport: this.#dynamicImport,
      metas: this.#metas,
      throws: this.#throws,
    };
  }

  // Scopes

  #enter(kind: Scope['kind']): Scope {
    const scope: Scope = {
      kind,
      parent: this.#scope,
      names: new Set(),
      references: [],
      privates: new Set(),
    };
    this.#scope = scope;
    return scope;
  }

  #leave(): void {
    const scope = this.#scope;
    if (scope === null) return;
    this.#scope = scope.parent;
    for (const reference of scope.references) {
      if (scope.names.has(reference.name)) continue;
      if (reference.name === 'arguments' && scope.kind === 'function') continue;
      if (scope.parent === null) this.#addFree(reference);
      else scope.parent.references.push(reference);
    }
  }

  #refer(id: Identifier, write: boolean, guard: boolean): void {
    const reference = { name: id.name, at: id.start, write, guard };
    if (this.#scope === null) this.#addFree(reference);
    else this.#scope.references.push(reference);
  }

  #addFree({ name, at, write, guard }: Reference): void {
    const uses = this.#free.get(name);
    if (uses === undefined) {
      this.#free.set(name, { at, write: write ? at : null, guarded: guard, typeofOnly: guard });
      return;
    }
    uses.at = Math.min(uses.at, at);
    if (write) uses.write = Math.min(uses.write ?? at, at);
    uses.guarded ||= guard;
    uses.typeofOnly &&= guard;
  }

  /** The innermost scope that binds `this`, or null when that is around the root. */
  #thisScope(): Scope | null {
    let scope = this.#scope;
    while (scope !== null && scope.kind !== 'function' && scope.kind !== 'body') {
      scope = scope.parent;
    }
    return scope;
  }

  #referPrivate(id: PrivateIdentifier): void {
    for (let scope = this.#scope; scope !== null; scope = scope.parent) {
      if (scope.privates.has(id.name)) return;
    }
    this.#private ??= { name: id.name, at: id.start };
  }

  // Functions and classes

  #function(node: FunctionNode | ArrowFunctionExpression, isRootMethod = false): void {
    const own = node.type === 'FunctionExpression' ? node.id : null;
    if (own) this.#enter('block').names.add(own.name);
    const scope = this.#enter(node.type === 'ArrowFunctionExpression' ? 'arrow' : 'function');
    if (isRootMethod) this.#rootMethod = scope;
    for (const param of node.params) declare(param, scope.names);
    for (const param of node.params) this.#patternExpressions(param);
    if (node.body.type === 'BlockStatement') this.#functionBody(node.body.body);
    else this.#visit(node.body);
    this.#leave();
    if (own) this.#leave();
  }

  /** A body has a scope of its own: a parameter's default does not see the variables in it. */
  #functionBody(body: readonly AnyNode[]): void {
    const scope = this.#enter('block');
    for (const statement of body) hoist(statement, scope.names, this.#strict);
    declareLexical(body, scope.names);
    this.#all(body);
    this.#leave();
  }

  #class(node: Class): void {
    const scope = this.#enter('class');
    if (node.id) scope.names.add(node.id.name);
    this.#visit(node.superClass);
    for (const member of node.body.body) {
      if (member.type !== 'StaticBlock' && member.key.type === 'PrivateIdentifier') {
        scope.privates.add(member.key.name);
      }
    }
    for (const member of node.body.body) {
      if (member.type === 'StaticBlock') {
        this.#enter('body');
        this.#functionBody(member.body);
        this.#leave();
        continue;
      }
      if (member.computed) this.#visit(member.key);
      if (member.type === 'MethodDefinition') {
        this.#function(member.value);
      } else if (member.value) {
        this.#enter('body');
        this.#visit(member.value);
        this.#leave();
      }
    }
    this.#leave();
  }

  // Patterns

  /** Defaults and computed keys of a declaration; the names themselves are no references. */
  #patternExpressions(pattern: Pattern): void {
    switch (pattern.type) {
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') {
            this.#patternExpressions(property.argument);
          } else {
            if (property.computed) this.#visit(property.key);
            this.#patternExpressions(property.value);
          }
        }
        break;
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element) this.#patternExpressions(element);
        break;
      case 'AssignmentPattern':
        this.#patternExpressions(pattern.left);
        this.#visit(pattern.right);
        break;
      case 'RestElement':
        this.#patternExpressions(pattern.argument);
        break;
    }
  }

  /** The left side of an assignment: the names in it are written. */
  #assign(pattern: Pattern): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#refer(pattern, true, false);
        break;
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          if (property.type === 'RestElement') {
            this.#assign(property.argument);
          } else {
            if (property.computed) this.#visit(property.key);
            this.#assign(property.value);
          }
        }
        break;
      case 'ArrayPattern':
        for (const element of pattern.elements) if (element) this.#assign(element);
        break;
      case 'AssignmentPattern':
        this.#assign(pattern.left);
        this.#visit(pattern.right);
        break;
      case 'RestElement':
        this.#assign(pattern.argument);
        break;
      default:
        this.#visit(pattern);
    }
  }

  // Nodes

  #all(nodes: readonly (AnyNode | null)[]): void {
    for (const node of nodes) this.#visit(node);
  }

  #visit(node: AnyNode | null | undefined): void {
    if (!node) return;
    if (!this.#name(node) && !this.#scoped(node) && !this.#expression(node)) {
      for (const child of children(node)) this.#visit(child);
    }
  }

  /** Names, and what stands for something around the function. */
  #name(node: AnyNode): boolean {
    switch (node.type) {
      case 'Identifier':
        this.#refer(node, false, false);
        return true;
      case 'PrivateIdentifier':
        this.#referPrivate(node);
        return true;
      case 'ThisExpression':
        if (this.#thisScope() === null) this.#this ??= node.start;
        return true;
      case 'Super': {
        const scope = this.#thisScope();
        if (scope === null || scope === this.#rootMethod) this.#super ??= node.start;
        return true;
      }
      case 'MetaProperty':
        if (node.meta.name === 'import') this.#metas.push({ start: node.start, end: node.end });
        return true;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'Literal':
      case 'TemplateElement':
        return true;
      case 'LabeledStatement':
        this.#visit(node.body);
        return true;
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
        return true;
      case 'ExportNamedDeclaration':
        this.#visit(node.declaration);
        return true;
      default:
        return false;
    }
  }

  /** Nodes that open a scope. */
  #scoped(node: AnyNode): boolean {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.#function(node);
        return true;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.#class(node);
        return true;
      case 'BlockStatement':
        declareLexical(node.body, this.#enter('block').names);
        this.#all(node.body);
        break;
      case 'ForStatement':
        declareLexical([node.init], this.#enter('block').names);
        this.#all([node.init ?? null, node.test ?? null, node.update ?? null, node.body]);
        break;
      case 'ForInStatement':
      case 'ForOfStatement':
        declareLexical([node.left], this.#enter('block').names);
        if (node.left.type === 'VariableDeclaration') this.#visit(node.left);
        else this.#assign(node.left);
        this.#all([node.right, node.body]);
        break;
      case 'SwitchStatement': {
        this.#visit(node.discriminant);
        const scope = this.#enter('block');
        for (const one of node.cases) declareLexical(one.consequent, scope.names);
        for (const one of node.cases) this.#all([one.test ?? null, ...one.consequent]);
        break;
      }
      case 'CatchClause': {
        const scope = this.#enter('block');
        if (node.param) {
          declare(node.param, scope.names);
          this.#patternExpressions(node.param);
        }
        this.#visit(node.body);
        break;
      }
      default:
        return false;
    }
    this.#leave();
    return true;
  }

  /** Nodes whose children are not all plain references. */
  #expression(node: AnyNode): boolean {
    switch (node.type) {
      case 'MemberExpression':
        this.#visit(node.object);
        if (node.computed || node.property.type === 'PrivateIdentifier') this.#visit(node.property);
        return true;
      case 'Property':
        if (node.computed) this.#visit(node.key);
        this.#visit(node.value);
        return true;
      case 'VariableDeclarator':
        this.#patternExpressions(node.id);
        this.#visit(node.init);
        return true;
      case 'AssignmentExpression':
        this.#assign(node.left);
        this.#visit(node.right);
        return true;
      case 'UpdateExpression':
        this.#assign(node.argument as Pattern);
        return true;
      case 'UnaryExpression':
        if (node.operator !== 'typeof' || node.argument.type !== 'Identifier') return false;
        this.#refer(node.argument, false, true);
        return true;
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'eval') {
          this.#eval ??= node.start;
        }
        return false;
      case 'ImportExpression':
        this.#dynamicImport = true;
        return false;
      case 'ThrowStatement':
        this.#throws = true;
        return false;
      default:
        return false;
    }
  }
}

/** Adds the names that a pattern declares. */
export function declare(pattern: Pattern, into: Pick<Set<string>, 'add'>): void {
  switch (pattern.type) {
    case 'Identifier':
      into.add(pattern.name);
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) {
        declare(property.type === 'RestElement' ? property.argument : property.value, into);
      }
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) if (element) declare(element, into);
      break;
    case 'AssignmentPattern':
      declare(pattern.left, into);
      break;
    case 'RestElement':
      declare(pattern.argument, into);
      break;
  }
}

/** Declares the `let`, `const`, `using`, class and function names of one statement list. */
function declareLexical(body: readonly (AnyNode | null | undefined)[], into: Set<string>): void {
  for (const statement of body) {
    if (!statement) continue;
    if (statement.type === 'VariableDeclaration' && statement.kind !== 'var') {
      for (const declarator of statement.declarations) declare(declarator.id, into);
    } else if (
      (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') &&
      statement.id
    ) {
      into.add(statement.id.name);
    } else if (statement.type === 'LabeledStatement') {
      declareLexical([statement.body], into);
    }
  }
}

/** Declares the `var` names below a statement and, in sloppy mode, its functions in blocks. */
function hoist(node: AnyNode, into: Set<string>, strict: boolean): void {
  if (node.type === 'VariableDeclaration') {
    if (node.kind !== 'var') return;
    for (const declarator of node.declarations) declare(declarator.id, into);
  } else if (node.type === 'FunctionDeclaration') {
    if (!strict && node.id) into.add(node.id.name);
  } else if (STATEMENTS.test(node.type)) {
    for (const child of children(node)) hoist(child, into, strict);
  }
}

/** What can hold a `var`: statements, but neither expressions nor classes. */
const STATEMENTS = /Statement$|^SwitchCase$|^CatchClause$/;

/** The nodes right below a node. */
export function children(node: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) found.push(...value.filter(isNode));
    else if (isNode(value)) found.push(value);
  }
  return found;
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as Property).type === 'string'
  );
}
