import { setImmediate } from 'node:timers/promises';

import { indexBatch } from '../build.js';
import { PartialIndex } from '../partial-index.js';
import { pathBatches } from '../path-batches.js';
import type { Build } from '../build.js';

/** How long the event loop, and with it a cancellation, may have to wait. */
const TURN_MS = 50;

/** Plain JavaScript on one thread: no messages, and one dictionary for all. */
export async function buildSingle(build: Build): Promise<void> {
  const { folder, merger, signal, onPart } = build;
  const partial = new PartialIndex(0, merger.dictionary);
  const merge = (): void => {
    merger.add(partial.take());
    onPart();
  };
  let turnEnds = performance.now() + TURN_MS;
  for (const batch of pathBatches(folder, merger.paths, merger.skipped)) {
    indexBatch(folder, batch, partial, () => signal.aborted);
    if (partial.isFull) merge();
    if (performance.now() < turnEnds) continue;
    await setImmediate();
    if (signal.aborted) break;
    turnEnds = performance.now() + TURN_MS;
  }
  merge();
}
