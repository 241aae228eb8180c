/** Why something in the folder is not in the index, in the order of the counts in `SkipCounts`. */
export const SKIP_REASONS = [
  'binary',
  'too large',
  'unreadable',
  'vanished',
  'symbolic link',
  'special file',
  'unreadable folder',
] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];

/** Counts of what was left out, by reason: an array so that it travels between threads as it is. */
export type SkipCounts = Uint32Array<ArrayBuffer>;

export function noSkips(): SkipCounts {
  return new Uint32Array(SKIP_REASONS.length);
}

export function countSkip(counts: SkipCounts, reason: SkipReason): void {
  const at = SKIP_REASONS.indexOf(reason);
  counts[at] = counts[at]! + 1;
}

export function addSkips(into: SkipCounts, more: ArrayLike<number>): void {
  for (let i = 0; i < into.length; i++) into[i] = into[i]! + (more[i] ?? 0);
}

export function totalSkips(counts: ArrayLike<number>): number {
  return Array.from(counts).reduce((sum, count) => sum + count, 0);
}

/** `"12 binary, 3 unreadable"`, or an empty string when nothing was left out. */
export function describeSkips(counts: ArrayLike<number>): string {
  return SKIP_REASONS.map((reason, i) => ({ reason, count: counts[i] ?? 0 }))
    .filter(({ count }) => count > 0)
    .map(({ reason, count }) => `${count} ${plural(reason, count)}`)
    .join(', ');
}

function plural(reason: SkipReason, count: number): string {
  const isNoun = reason.endsWith('link') || reason.endsWith('file') || reason.endsWith('folder');
  return isNoun && count > 1 ? `${reason}s` : reason;
}
