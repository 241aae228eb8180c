/** Work that takes as long as it is told, and whose result shows that it was done. */

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

/** Seeds there are: few, so that what all come to is soon reckoned. */
export const SEEDS = 16;

/** A piece of work as one number, so that no way has an object to copy. */
export function pieceOf(seed: number, rounds: number): number {
  return rounds * SEEDS + seed;
}

export function work(piece: number): number {
  const seed = piece % SEEDS;
  return mix(seed, (piece - seed) / SEEDS);
}

/** How many rounds of {@link mix} this machine does in a microsecond, at its best. */
export function roundsPerMicrosecond(): number {
  const rounds = 1_000_000;
  let best = Infinity;
  for (let attempt = 0; attempt < 20; attempt++) {
    const start = performance.now();
    mix(attempt, rounds);
    best = Math.min(best, performance.now() - start);
  }
  return rounds / best / 1e3;
}
