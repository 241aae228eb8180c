import { onTestFailed } from 'vitest';

/** Random numbers of a test, from `GOSCHED_TEST_SEED` if set. The seed is printed on failure. */
export interface Random {
  readonly seed: number;
  /** From 0 up to, not including, `below`. */
  int(below: number): number;
  shuffle<T>(items: readonly T[]): T[];
}

export function seeded(): Random {
  const given = process.env['GOSCHED_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  onTestFailed(() => console.error(`to repeat: GOSCHED_TEST_SEED=${seed}`));
  // Mulberry32: a few lines, and good enough to vary a test.
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  const shuffle = <T>(items: readonly T[]): T[] => {
    const shuffled = [...items];
    for (let n = shuffled.length - 1; n > 0; n--) {
      const other = int(n + 1);
      [shuffled[n], shuffled[other]] = [shuffled[other] as T, shuffled[n] as T];
    }
    return shuffled;
  };
  return { seed, int, shuffle };
}
