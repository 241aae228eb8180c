import { chan, context, go, select, WaitGroup } from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';
import type { Context, SendChan } from 'gosched';

import { BATCHES_AHEAD, PARTS_AHEAD } from '../build.js';
import { pathBatches } from '../path-batches.js';
import { indexFiles } from './indexer.js';
import type { Build } from '../build.js';
import type { IndexPart } from '../partial-index.js';
import type { PathBatch } from '../path-batches.js';

/** walk -> paths -> N indexers -> parts -> merge: two bounded channels, one context. */
export async function buildWithGosched(build: Build): Promise<void> {
  const { folder, workers, merger, signal, onPart } = build;
  GOMAXPROCS(workers);
  const { ctx, cancel } = context.withCancel(context.background());
  signal.addEventListener('abort', () => cancel(), { once: true });
  const paths = chan<PathBatch>(BATCHES_AHEAD * workers);
  const parts = chan<IndexPart>(PARTS_AHEAD * workers);

  const wg = new WaitGroup();
  const running = Array.from({ length: workers }, (_, source) => {
    wg.add(1);
    const indexer = go(indexFiles, source, { ctx, folder, paths, parts });
    return indexer.finally(() => wg.done());
  });
  running.push(go.local(sendPaths, ctx, build, paths).finally(() => undefined));
  // A goroutine that fails takes the others with it: nobody waits for what will not come.
  for (const goroutine of running) goroutine.catch((error: unknown) => cancel(error));
  void go.local(() => wg.wait().then(() => parts.close()));

  for await (const part of parts) {
    merger.add(part);
    onPart();
  }
  await Promise.all(running);
  cancel();
}

/** The walker: runs ahead of the indexers by what the channel holds, and no further. */
async function sendPaths(ctx: Context, build: Build, paths: SendChan<PathBatch>): Promise<void> {
  const { folder, merger } = build;
  for (const batch of pathBatches(folder, merger.paths, merger.skipped)) {
    const { key } = await select({ sent: paths.sending(batch), stop: ctx.done() });
    if (key === 'stop') return;
  }
  paths.close();
}
