import type { ArrowFunctionExpression, Function as FunctionNode } from 'acorn';

/**
 * The offset that V8 reports as the location of a function (`[[FunctionLocation]]`): where an
 * arrow function starts, and the `(` of any other. A method's node starts at its `(` already.
 */
export function functionAnchor(text: string, node: FunctionNode | ArrowFunctionExpression): number {
  if (node.type === 'ArrowFunctionExpression') return node.start;
  if (node.id) return openParenthesis(text, node.id.end);
  return openParenthesis(text, node.start);
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
