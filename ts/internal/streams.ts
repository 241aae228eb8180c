/**
 * Node's streams, loaded when the first is asked for: of the 28 ms that `import` takes they are 2.5, and most
 * programs, and most isolates, never turn a channel into one.
 */

/** `node:stream`. */
export function nodeStreams(): typeof import('node:stream') {
  return require('node:stream') as typeof import('node:stream');
}

/** `node:stream/web`. */
export function webStreams(): typeof import('node:stream/web') {
  return require('node:stream/web') as typeof import('node:stream/web');
}
