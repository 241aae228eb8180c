import { expect, test } from 'vitest';
import { leadsToArgument } from '../../dist/internal/code/call-site.js';

test.each([
  ['', 0],
  [' /* a comment */ ', 0],
  ['{ a, b: [c] }, ', 1],
  ['await x, y, ', 2],
])('between a parenthesis and its argument there is %o: number %i', (text, argument) => {
  expect(leadsToArgument(text, argument)).toBe(true);
});

test.each([
  ['a, ', 0],
  ['{ a }, ', 0],
  ['{ a }, ', 2],
  ['make({ a }, ', 1],
  ['fn); const one = use(', 0],
  ['{ a }, fn).then(', 0],
  ['a ? ', 0],
  ['a + ', 0],
  ['fast ? fn : ', 0],
  ['{ a }, fn || ', 1],
  ['...a, ', 2],
])('%o does not lead to argument %i', (text, argument) => {
  expect(leadsToArgument(text, argument)).toBe(false);
});
