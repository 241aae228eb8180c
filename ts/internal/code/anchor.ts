import type { ArrowFunctionExpression, Class, Function as FunctionNode } from 'acorn';

/**
 * The offset that V8 reports as the location of a function (`[[FunctionLocation]]`): where an
 * arrow function starts, and the `(` of any other. A method's node starts at its `(` already.
 */
export function functionAnchor(text: string, node: FunctionNode | ArrowFunctionExpression): number {
  if (node.type === 'ArrowFunctionExpression') return node.start;
  if (node.id) return openParenthesis(text, node.id.end);
  return openParenthesis(text, node.start);
}

/** The same for a class: its constructor's `(`, or its own start when it has none. */
export function classAnchor(node: Class): number {
  for (const member of node.body.body) {
    if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
      return member.value.start;
    }
  }
  return node.start;
}

/** The first `(` that is not in a comment. */
function openParenthesis(text: string, from: number): number {
  const token = /\/\*[^]*?\*\/|\/\/.*|\(/g;
  token.lastIndex = from;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === '(') return match.index;
  }
  return from;
}
