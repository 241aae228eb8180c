/** Work that takes as long as it is told, and whose result shows that it was done. */

/** Rounds of the loop in {@link work}; how many make a microsecond is measured by `calibrate.ts`. */
export interface WorkItem {
  readonly seed: number;
  readonly rounds: number;
}

/** Mixes a number with itself, as a hash does: nothing to skip, nothing to allocate. */
export function mix(seed: number, rounds: number): number {
  let x = seed | 1;
  for (let i = 0; i < rounds; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
  }
  return x >>> 0;
}

export function work({ seed, rounds }: WorkItem): number {
  return mix(seed, rounds);
}
