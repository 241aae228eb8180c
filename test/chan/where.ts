import { go, type Goroutine } from 'gosched';

/** `go` or `go.local`: a test takes it to run its goroutines in either place. */
export type Start = <A extends unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
) => Goroutine<Awaited<R>>;

/** Where the other side of a test's channels runs. */
export const places: readonly { readonly place: string; readonly start: Start }[] = [
  { place: 'in one isolate', start: go.local },
  { place: 'across isolates', start: go },
];

/** Unbuffered, the smallest buffers, and a power of two. */
export const capacities = [0, 1, 2, 64] as const;

/** Each place with each capacity. */
export const everywhere = places.flatMap((at) =>
  capacities.map((capacity) => ({ ...at, capacity })),
);
