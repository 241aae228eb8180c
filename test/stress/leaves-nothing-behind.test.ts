import { chan, go, select, type Chan } from 'gosched';
import { numGoroutine } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.js';

const ROUNDS = 30_000;

/** Bytes in use after collections: of JavaScript, and of the process where that is all there is. */
async function used(): Promise<number> {
  for (let n = 0; n < 5; n++) await collectGarbage();
  return process.memoryUsage().rss;
}

async function churn(rounds: number): Promise<void> {
  for (let n = 0; n < rounds; n++) {
    const [ch, other] = [chan<unknown>(2), chan<unknown>()];
    await ch.send({ n, text: 'x'.repeat(100) });
    await select({ ch, other });
    ch.trySend(new Uint8Array(100));
    if (n % 100 === 0) {
      await go((it: Chan<unknown>) => it.recv(), ch);
      await collectGarbage();
    }
  }
}

test('channels, values and goroutines that are done with take no memory', async () => {
  await churn(ROUNDS / 3);
  const before = await used();
  await churn(ROUNDS);
  // Each round leaked would be 60 MB or so; the allocator keeps some pages.
  expect((await used()) - before).toBeLessThan(40e6);
  expect(numGoroutine()).toBe(0);
});
