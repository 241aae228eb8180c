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

/** A contender that could not be measured, and why. */
export interface Failure {
  readonly failure: string;
}

/** Discarded: they start isolates, compile, and let V8 optimise. Each round warms up again, too. */
export const WARM_UP_ROUNDS = 2;

/**
 * Measures the contenders in turn. The samples are in the contenders' order. One that fails is left out
 * from then on: what it did is told, and the others go on.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  warmUpRounds = WARM_UP_ROUNDS,
): Promise<readonly (Sample | Failure)[]> {
  const results = contenders.map((): number[] => []);
  const failures = contenders.map((): Failure | undefined => undefined);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const at = (turn + round + warmUpRounds) % contenders.length;
      if (failures[at] !== undefined) continue;
      // Or the garbage of one would be collected at the expense of the next. Workers keep theirs:
      // no worker serves two contenders of different kinds.
      globalThis.gc?.();
      try {
        const result = await contenders[at]!.run();
        if (round >= 0) results[at]!.push(result);
      } catch (error) {
        failures[at] = { failure: (error as Error).message };
        console.error(failures[at].failure);
      }
    }
  }
  return results.map((of, i) => failures[i] ?? sampleOf(of));
}

/**
 * The contender with another try for a round that fails, which is told of: for peers, not for us. One
 * that has never ended a round gets none: it cannot do it.
 */
export function withAnotherTry(contender: Contender): Contender {
  let hasWorked = false;
  const run = async (): Promise<number> => {
    try {
      const result = await contender.run();
      hasWorked = true;
      return result;
    } catch (error) {
      if (!hasWorked) throw error;
      console.error(`${(error as Error).message}\n${contender.name}: once more`);
      return contender.run();
    }
  };
  return { name: contender.name, run };
}

export function sampleOf(results: readonly number[]): Sample {
  const sorted = [...results].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, spread: (sorted.at(-1)! - sorted[0]!) / median, n: sorted.length };
}
