/**
 * What a case must answer: a sum that it can only know by having done all of its work. In 64 bits
 * that wrap around, as the programs have them.
 */

import type { Work } from './program.js';

export type Expected = (work: Work) => bigint;

/** Each operation counted once. */
export const count: Expected = ({ n }) => BigInt(n);

/** Each operation carried its number: 0 + 1 + ... + (n - 1). */
export const numbers: Expected = ({ n }) => sumBelow(BigInt(n));

/** Two producers, each with the numbers below n / 2. */
export const twoHalves: Expected = ({ n }) => 2n * sumBelow(BigInt(n) / 2n);

/** n / size times the numbers below size. */
export const numbersOfEach: Expected = ({ n, size }) => BigInt(n / size) * sumBelow(BigInt(size));

/** n times all primes up to size. */
export const primes: Expected = ({ n, size }) => {
  let sum = 0;
  for (let v = 2; v <= size; v++) if (isPrime(v)) sum += v;
  return BigInt(n) * BigInt(sum);
};

/** n / size times the sorted numbers, each times its place from 1. */
export const sortedNumbers: Expected = ({ n, size }) => {
  const sorted = pseudoRandom(size).sort();
  let sum = 0n;
  sorted.forEach((v, i) => (sum += BigInt(v) * BigInt(i + 1)));
  return BigInt.asUintN(64, BigInt(n / size) * sum);
};

function sumBelow(n: bigint): bigint {
  return (n * (n - 1n)) / 2n;
}

function isPrime(v: number): boolean {
  for (let d = 2; d * d <= v; d++) if (v % d === 0) return false;
  return true;
}

/** Knuth's linear congruential generator, as in the programs. */
function pseudoRandom(length: number): Uint32Array {
  let state = 1n;
  return Uint32Array.from({ length }, () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 32n);
  });
}
