/**
 * What the evaluation of a class uses at once: it must be there before. What its methods use may
 * come later, so that classes can need each other.
 */
import type { AnyNode, Class } from 'acorn';
import { children } from './free-variables.js';

/** The name of the class it extends, when that is a name. */
export function heritageOf({ superClass }: Class): string | null {
  return superClass?.type === 'Identifier' ? superClass.name : null;
}

/**
 * The names in its heritage, computed keys, static fields and static blocks, those of the heritage
 * first. Rather too many than too few: names of properties are among them.
 */
export function eagerNames(node: Class): readonly string[] {
  const names = new Set<string>();
  const collect = (part: AnyNode | null | undefined): void => {
    if (!part) return;
    if (part.type === 'Identifier') names.add(part.name);
    for (const child of children(part)) collect(child);
  };
  collect(node.superClass);
  for (const member of node.body.body) {
    if (member.type === 'StaticBlock') {
      collect(member);
      continue;
    }
    if (member.computed) collect(member.key);
    if (member.type === 'PropertyDefinition' && member.static) collect(member.value);
  }
  return [...names];
}
