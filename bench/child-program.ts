/** The inside of a round's own process: reads the job, measures, prints the result. */

/** Of a round's time, what a batch must have taken for its speed to be believed. */
const NEAR_ENOUGH = 0.2;

/** A batch that is this much faster than the one before it: threads and compiled code are still coming. */
const STILL_WARMING = 0.7;

/** Between two batches. */
const MOST_GROWTH = 10;

/** Runs a program that measures one job, given as JSON on the command line. */
export async function runJob<J>(measure: (job: J) => Promise<number>): Promise<never> {
  const value = await measure(JSON.parse(process.argv[2] ?? '') as J);
  await new Promise<void>((resolve) => {
    process.stdout.write(`${JSON.stringify({ value })}\n`, () => resolve());
  });
  // Not waited for: some pools keep the process alive, or take seconds to end.
  process.exit();
}

/** Does so many operations and checks what came of them. */
export type Batch = (count: number) => Promise<void>;

/**
 * Nanoseconds for one operation. Batches that grow until they take a good part of the time, and until
 * they get no faster, warm up and show how many operations fill it; those are then measured in one go.
 * Counts are multiples of `step`.
 */
export async function nanosecondsEach(batch: Batch, milliseconds: number, step = 1): Promise<number> {
  let count = step;
  let before = Infinity;
  for (;;) {
    const took = await timed(batch, count);
    const growth = milliseconds / took;
    const warm = took / count > before * STILL_WARMING;
    const next = Math.max(1, Math.round((count * Math.min(growth, MOST_GROWTH)) / step)) * step;
    if (warm && growth < 1 / NEAR_ENOUGH) {
      globalThis.gc?.();
      return ((await timed(batch, next)) * 1e6) / next;
    }
    before = took / count;
    count = next;
  }
}

/** Milliseconds. */
export async function timed(batch: Batch, count: number): Promise<number> {
  const start = performance.now();
  await batch(count);
  return performance.now() - start;
}
