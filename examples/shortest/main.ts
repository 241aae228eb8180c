// Four goroutines on as many threads as there are cores; one channel that all of them send to.
import { chan, go } from 'gosched';

const isPrime = (n: number): boolean => {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n > 1;
};

const primes = chan<number>(64); // bounded: who sends waits while it is full
const workers = [0, 1, 2, 3].map((first) =>
  go(async () => {
    for (let n = first; n < 100_000; n += 4) if (isPrime(n)) await primes.send(n);
  }),
);
void Promise.all(workers).then(() => primes.close());

let count = 0;
for await (const _ of primes) count++;
console.log(`${count} primes below 100,000`);
