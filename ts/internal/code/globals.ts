import vm from 'node:vm';

/**
 * The names that a fresh isolate has. What the program added to `globalThis` is not among them,
 * as far as that can be told: a fresh isolate cannot be asked before there is one.
 */

/** How a name that no scope declares stands. */
export type GlobalKind = 'standard' | 'added' | 'unknown';

/** Says whether every isolate has the global, only this one, or none. */
export function globalKind(name: string): GlobalKind {
  if (isEcmaScript(name)) return 'standard';
  if (!(name in globalThis)) return 'unknown';
  return RUNTIME.has(name) || others.has(name) ? 'standard' : 'added';
}

let language: Set<string> | undefined;

/** Whether the language itself, rather than the runtime, defines the global. */
export function isEcmaScript(name: string): boolean {
  // The prototype chain counts: `hasOwnProperty` and the like are in scope everywhere.
  language ??= new Set([
    ...(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[]),
    ...Object.getOwnPropertyNames(Object.prototype),
  ]);
  return language.has(name) && name !== 'console';
}

/** What Node.js 20 to 26, Bun and Deno define beyond the language and the list below. */
const RUNTIME = new Set(
  (
    'AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy ' +
    'CloseEvent CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent ' +
    'DOMException DecompressionStream ErrorEvent Event EventSource EventTarget File FormData ' +
    'Headers MessageChannel MessageEvent MessagePort Navigator Performance PerformanceEntry ' +
    'PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList ' +
    'PerformanceResourceTiming ReadableByteStreamController ReadableStream ' +
    'ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController ' +
    'ReadableStreamDefaultReader Request Response Storage SubtleCrypto TextDecoder ' +
    'TextDecoderStream TextEncoder TextEncoderStream TransformStream ' +
    'TransformStreamDefaultController URL URLPattern URLSearchParams WebAssembly WebSocket ' +
    'WritableStream WritableStreamDefaultController WritableStreamDefaultWriter atob btoa ' +
    'clearImmediate clearInterval clearTimeout console crypto fetch global localStorage ' +
    'navigator performance process queueMicrotask sessionStorage setImmediate setInterval ' +
    'setTimeout structuredClone Bun Deno GLOBAL root gc'
  ).split(' '),
);

/**
 * Globals of a runtime newer than the list, taken when the library loads. A program adds a global
 * by assignment, which makes an enumerable data property; a runtime seldom does. A polyfill made
 * with `defineProperty` before the library loads is therefore mistaken for the runtime's.
 */
const others = new Set(
  Object.entries(Object.getOwnPropertyDescriptors(globalThis))
    .filter(([, own]) => !own.enumerable || own.get !== undefined)
    .map(([name]) => name),
);
