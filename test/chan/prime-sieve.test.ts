import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const PRIMES = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
];

test.each(everywhere)(
  'CH-067 the prime sieve, a growing chain of goroutines, capacity $capacity $place',
  async ({ start, capacity }) => {
    let source = chan<number>(capacity);
    start(async (to: Chan<number>) => {
      for (let n = 2; n <= 100; n++) await to.send(n);
      to.close();
    }, source);
    const primes: number[] = [];
    for (let prime = await source.recv(); prime !== undefined; prime = await source.recv()) {
      primes.push(prime);
      const sieved = chan<number>(capacity);
      start(
        async (from: Chan<number>, to: Chan<number>, factor: number) => {
          for await (const n of from) if (n % factor !== 0) await to.send(n);
          to.close();
        },
        source,
        sieved,
        prime,
      );
      source = sieved;
    }
    expect(primes).toEqual(PRIMES);
  },
);
