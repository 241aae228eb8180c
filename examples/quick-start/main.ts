// Counts the primes below a million on all cores, and gives up after ten seconds.
import { WaitGroup, chan, context, go, select } from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';

import { countPrimes, type Range } from './primes.js';

const { ctx, cancel } = context.withTimeout(context.background(), 10_000);
const ranges = chan<Range>(8); // bounded: whoever sends waits while it is full
const counts = chan<number>(8);
const wg = new WaitGroup();

for (let n = 0; n < GOMAXPROCS(); n++) {
  wg.add();
  void go(countPrimes, ranges, counts, wg); // runs in another isolate, on another core
}
void go.local(async () => {
  for (let from = 0; from < 1_000_000; from += 10_000) {
    await ranges.send({ from, to: from + 10_000 });
  }
  ranges.close(); // the workers' loops end
  await wg.wait();
  counts.close();
});

let total = 0;
for (;;) {
  const got = await select({ count: counts, late: ctx.done() });
  if (got.key === 'late') throw ctx.cause();
  if (!got.ok) break;
  total += got.value;
}
cancel();
console.log(`${total} primes below a million`);
