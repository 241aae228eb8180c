import { chan, trySelect } from 'gosched';
import { expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.js';

/** The addon's own count of the objects that this isolate names. */
async function handleCounter(): Promise<() => number> {
  const inside = (name: string): Promise<unknown> =>
    import(new URL(`../../dist/internal/${name}.js`, import.meta.url).href);
  const { native } = (await inside('native')) as { native: { handleCount(): void } };
  const { words } = (await inside('page')) as { words: Int32Array };
  const COUNT = 8;
  return () => {
    native.handleCount();
    return words[COUNT] as number;
  };
}

const CHANNELS = 1_000_000;
/** Between two collections. */
const BATCH = 20_000;

test('a million channels, created and dropped, leave no handle behind, and few on the way', async () => {
  const handles = await handleCounter();
  await collectGarbage();
  const before = handles();
  let most = 0;
  for (let n = 0; n < CHANNELS; n++) {
    const ch = chan<number>(n % 3);
    // Some are used. One that a parked operation waits for is kept by whoever waits, as in Go.
    if (n % 100 === 0) ch.trySend(n);
    if (n % 200 === 0) trySelect({ ch, never: null });
    if (n % 300 === 0) ch.close();
    if (n % BATCH === BATCH - 1) {
      await collectGarbage();
      most = Math.max(most, handles() - before);
    }
  }
  // Finalizers come in batches of their own: a collection more may be needed.
  await expect.poll(async () => {
    await collectGarbage();
    return handles() - before;
  }).toBeLessThanOrEqual(10);
  expect(most).toBeLessThan(3 * BATCH);
}, 240_000);
