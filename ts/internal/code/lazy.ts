/**
 * Parts that many isolates never need, loaded when first asked for: an isolate that only runs
 * goroutines comes up sooner without a parser and an inspector.
 */

type Capture = typeof import('./capture.js');
type SourceMap = typeof import('./source-map.js');

let capture: Capture | undefined;
let sourceMap: SourceMap | undefined;

export function lazyCapture(): Capture {
  return (capture ??= require('./capture.js') as Capture);
}

export function lazySourceMap(): SourceMap {
  return (sourceMap ??= require('./source-map.js') as SourceMap);
}
