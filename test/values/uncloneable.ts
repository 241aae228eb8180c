import * as fc from 'fast-check';
import { define } from './graphs.js';

/** Each made anew; none can be copied. */
const BAD: readonly (() => unknown)[] = [
  () => () => 1,
  () => Symbol('s'),
  () => new WeakMap(),
  () => Promise.resolve(),
  () => new Proxy({ plain: 1 }, {}),
];

/** A step from something that cannot be copied to what contains it: that, and the step's name. */
const STEPS: readonly ((inner: unknown, beside: unknown) => [unknown, string])[] = [
  (inner, beside) => [{ beside, inner }, '.inner'],
  (inner, beside) => [[beside, inner], '[1]'],
  (inner, beside) => [new Map([['beside', beside], ['in', inner]]), '.get(in)'],
  (inner, beside) => [new Map([[0, beside], [inner, 0]] as [unknown, unknown][]), '.keys()[1]'],
  (inner, beside) => [new Map([[{ toString: beside }, inner]]), '.values()[0]'],
  (inner, beside) => [new Set([0, { beside }, inner]), '.values()[2]'],
  (inner) => [new Error('why', { cause: { inner } }), '.cause.inner'],
  (inner) => [Object.assign(new TypeError('why'), { details: [inner] }), '.details[0]'],
  (inner, beside) => [Object.assign([beside], { extra: inner }), '[extra]'],
  (inner, beside) => {
    const value = { beside };
    define(value, '__proto__', inner);
    return [value, '.__proto__'];
  },
];

/** A value with one part, somewhere, that cannot be copied, and the path to it. */
export function plantedIn(
  beside: fc.Arbitrary<unknown>,
): fc.Arbitrary<{ value: unknown; path: string }> {
  const steps = fc.array(fc.record({ step: fc.constantFrom(...STEPS), beside }), { maxLength: 4 });
  return fc.record({ make: fc.constantFrom(...BAD), steps }).map(({ make, steps: list }) => {
    let [value, path] = [make(), ''];
    for (const { step, beside: other } of list) {
      const [outer, name] = step(value, other);
      value = outer;
      path = name + path;
    }
    return { value, path: `value${path}` };
  });
}
