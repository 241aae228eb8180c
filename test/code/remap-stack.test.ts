import { expect, test } from 'vitest';
import { capture } from '../../dist/internal/code/capture.js';
import { remapStack } from '../../dist/internal/code/source-map.js';
import { marked } from './fixtures/run.js';

test('a frame of compiled code is mapped to the line the user wrote', () => {
  // This file is compiled before it runs; describing a function makes its source map known.
  const fn = (x: { readonly a: number }): number => {
    // A type that takes lines away when compiled:
    interface Gone {
      readonly a: number;
    }
    return (x as Gone).a + /*@mapped*/ missing++;
  };
  // The map leads to the source, which lies in test/, not beside the compiled file.
  const place = marked('../../../test/code/remap-stack.test.ts', 'mapped');
  expect(() => capture(fn)).toThrow(`remap-stack.test.ts:${place.line}:${place.column}`);
});

test('a frame without a source map, and one that is mapped already, stay as they are', () => {
  const error = new Error('x');
  error.stack = `Error: x\n    at f (file:///nowhere.mjs:1:2)\n    at g (${import.meta.url}:1:2)`;
  const { stack } = error;
  expect(remapStack(error, (url) => url === import.meta.url).stack).toBe(stack);
});

declare let missing: number;
