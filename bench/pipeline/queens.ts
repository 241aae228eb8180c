/** In how many ways n queens stand on a board of n by n and none attacks another. */

/** The board, and its first two queens: a piece of the search. */
export interface Opening {
  readonly size: number;
  readonly first: number;
  readonly second: number;
}

/** All that the first two rows allow. */
export function openings(size: number): readonly Opening[] {
  const columns = Array.from({ length: size }, (_, column) => column);
  return columns.flatMap((first) =>
    columns
      .filter((second) => Math.abs(second - first) > 1)
      .map((second) => ({ size, first, second })),
  );
}

/** Solutions that begin with the opening. */
export function queensBelow({ size, first, second }: Opening): number {
  const one = 1 << first;
  const two = 1 << second;
  const left = ((one << 1) | two) << 1;
  const right = ((one >> 1) | two) >> 1;
  return count((1 << size) - 1, one | two, left, right);
}

/** The columns and diagonals that are taken, a bit for each column of the next row. */
function count(all: number, columns: number, left: number, right: number): number {
  if (columns === all) return 1;
  let found = 0;
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free;
    found += count(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return found;
}
