/**
 * Rounds in turn: A B C, B C A, C A B. What disturbs the machine for a while then disturbs all of
 * them, and none always runs in the wake of the same other one.
 */

/** Something measured in rounds: ours, or what it is held against. */
export interface Contender {
  readonly name: string;
  /** Runs one round and gives its result, in the unit of the row. */
  run(): Promise<number>;
}

/** What the rounds of one contender came to. */
export interface Sample {
  readonly median: number;
  /** The distance between the best and the worst round, as a share of the median. */
  readonly spread: number;
  /** Rounds counted. */
  readonly n: number;
}

/** Discarded: they start isolates, compile, and let V8 optimise. Each round warms up again, too. */
export const WARM_UP_ROUNDS = 2;

/** Measures the contenders in turn. The samples are in the contenders' order. */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  warmUpRounds = WARM_UP_ROUNDS,
): Promise<readonly Sample[]> {
  const results = contenders.map((): number[] => []);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const at = (turn + round + warmUpRounds) % contenders.length;
      // Or the garbage of one would be collected at the expense of the next. Workers keep theirs:
      // no worker serves two contenders of different kinds.
      globalThis.gc?.();
      const result = await contenders[at]!.run();
      if (round >= 0) results[at]!.push(result);
    }
  }
  return results.map(sampleOf);
}

export function sampleOf(results: readonly number[]): Sample {
  const sorted = [...results].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, spread: (sorted.at(-1)! - sorted[0]!) / median, n: sorted.length };
}
