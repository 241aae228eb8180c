// Whether memory, threads and goroutines stayed flat, by samples of a long run: `{ megabytes, threads, … }`.

/** Until then caches fill and heaps find their size: not judged. */
const WARM_UP = 0.25;
/** How much more there may be in the last quarter than in the one after the warm-up, in the median. */
const GROWTH = { megabytes: 0.1, threads: 0.25, handles: 0.25 };
/** Differences that mean nothing, however small what they are compared with. */
const NOISE = { megabytes: 16, threads: 2, handles: 4 };
export const NAMES = { megabytes: 'resident memory (MB)', threads: 'threads', handles: 'goroutines' };

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Fewer samples say nothing. */
export const FEWEST_SAMPLES = 8;

/** Compares quarters: the second, and the last. Of what the samples have. */
export function judge(samples) {
  const at = (share) => Math.floor(samples.length * share);
  const early = samples.slice(at(WARM_UP), at(0.5));
  const late = samples.slice(at(0.75));
  const keys = Object.keys(GROWTH).filter((key) => key in samples[0]);
  return keys.map((key) => {
    const [before, after] = [early, late].map((part) => median(part.map((sample) => sample[key])));
    const most = before + Math.max(before * GROWTH[key], NOISE[key]);
    return { key, before, after, flat: after <= most };
  });
}
