import { createRequire } from 'node:module';
import type * as Acorn from 'acorn';

let parser: typeof Acorn | undefined;

/** The parser, loaded at the first use: that takes milliseconds, and many programs never need it. */
export function acorn(): typeof Acorn {
  parser ??= createRequire(__filename)('acorn') as typeof Acorn;
  return parser;
}
