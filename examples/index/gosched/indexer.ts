import { select } from 'gosched';
import type { Context, RecvChan, SendChan } from 'gosched';

import { indexBatch } from '../build.js';
import { PartialIndex } from '../partial-index.js';
import type { IndexPart } from '../partial-index.js';
import type { PathBatch } from '../path-batches.js';

/** What an indexer goroutine needs. */
export interface Indexing {
  readonly ctx: Context;
  readonly folder: string;
  readonly paths: RecvChan<PathBatch>;
  readonly parts: SendChan<IndexPart>;
}

/**
 * The goroutine that reads and tokenises. An exported function of a module: the thread that runs it
 * imports the module, so that it may use everything imported above.
 *
 * It ends when the paths are used up or the context is cancelled. Both waits are selects, because a
 * goroutine that waits on a channel alone does not hear of the cancellation.
 */
export async function indexFiles(source: number, indexing: Indexing): Promise<void> {
  const { ctx, folder, paths, parts } = indexing;
  const partial = new PartialIndex(source);
  const isStopped = (): boolean => Boolean(ctx.err());
  for (;;) {
    const got = await select({ batch: paths, stop: ctx.done() });
    if (got.key === 'stop') return;
    if (!got.ok || got.value === undefined) break;
    indexBatch(folder, got.value, partial, isStopped);
    if (partial.isFull && !(await ship(partial, parts, ctx))) return;
  }
  await ship(partial, parts, ctx);
}

/** False when the context was cancelled first. Waits while the merge is behind: backpressure. */
async function ship(
  partial: PartialIndex,
  parts: SendChan<IndexPart>,
  ctx: Context,
): Promise<boolean> {
  const part = partial.take();
  const done = await select({ sent: parts.sending(part), stop: ctx.done() });
  return done.key === 'sent';
}
