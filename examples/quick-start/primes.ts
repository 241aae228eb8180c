import type { RecvChan, SendChan, WaitGroup } from 'gosched';

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A worker: counts the primes of each range until there are no more ranges. */
export async function countPrimes(
  ranges: RecvChan<Range>,
  counts: SendChan<number>,
  wg: WaitGroup,
): Promise<void> {
  for await (const { from, to } of ranges) await counts.send(primesBetween(from, to));
  wg.done();
}

function primesBetween(from: number, to: number): number {
  let count = 0;
  for (let n = Math.max(from, 2); n < to; n++) if (isPrime(n)) count++;
  return count;
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}
