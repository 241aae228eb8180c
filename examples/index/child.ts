/**
 * The process in which one way runs, so that its peak memory, its threads and its compiled code are
 * its own. Started by `run-way.ts`; it reports over the IPC channel and ends when nothing is left.
 */
import { search } from './bm25.js';
import { IndexMerger } from './index-merger.js';
import type { Way } from './build.js';
import type { ChildJob, FromChild, ToChild, WayName, WayResult } from './child-messages.js';

/** Loaded on demand: a way should not pay for the modules of another. */
const WAYS: Record<WayName, () => Promise<Way>> = {
  single: async () => (await import('./single/run.js')).buildSingle,
  worker_threads: async () => (await import('./worker-threads/run.js')).buildWithWorkerThreads,
  gosched: async () => (await import('./gosched/run.js')).buildWithGosched,
};

const PROGRESS_EVERY_MS = 50;
const HITS = 10;

const job = JSON.parse(process.argv[2] ?? '{}') as ChildJob;
const merger = new IndexMerger();
const cancellation = new AbortController();

// Ctrl-C reaches the whole group. The parent decides what it means, and says so in a message.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('message', ({ kind }: ToChild) => {
  if (kind === 'cancel') cancellation.abort();
});
const onOrphaned = (): void => process.exit(1);
process.on('disconnect', onOrphaned);

finish(await run().catch(failure));

async function run(): Promise<FromChild> {
  const way = await WAYS[job.way]();
  // Cancelled while the modules were loading: the way would wait for an event that is over.
  if (cancellation.signal.aborted) return { kind: 'cancelled', totals: merger.totals() };
  const { folder, workers } = job;
  const started = performance.now();
  await way({ folder, workers, merger, signal: cancellation.signal, onPart: progressReporter() });
  if (cancellation.signal.aborted) return { kind: 'cancelled', totals: merger.totals() };
  const index = merger.finish();
  const seconds = (performance.now() - started) / 1000;
  // Before the digest and the search, which are not part of the build.
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  const result: WayResult = {
    seconds,
    peakMegabytes,
    totals: merger.totals(),
    terms: index.terms,
    postings: index.postings.documents.length,
    digest: index.digest(),
    hits: search(index, job.query, HITS),
  };
  return { kind: 'done', result };
}

function progressReporter(): () => void {
  let next = performance.now() + PROGRESS_EVERY_MS;
  return () => {
    if (performance.now() < next) return;
    next = performance.now() + PROGRESS_EVERY_MS;
    send({ kind: 'progress', totals: merger.totals() });
  };
}

function failure(error: unknown): FromChild {
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
}

/** Closes the channel once the message is out. The process then ends by itself. */
function finish(message: FromChild): void {
  process.off('disconnect', onOrphaned);
  send(message, () => process.disconnect());
}

function send(message: FromChild, sent?: () => void): void {
  // The parent may be gone, and the channel with it: 'disconnect' ends the process.
  if (process.connected) process.send?.(message, undefined, {}, () => sent?.());
}
