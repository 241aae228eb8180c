/** Aggregation of JSON lines: a block of a log goes in, the sum of each key comes out. */

const LINES_IN_BLOCK = 400;
const KEYS = 50;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** About 64 KB of lines, as they would come from a file. Each line's bytes are 1. */
export function jsonLinesBlock(index: number): Uint8Array {
  const lines = Array.from({ length: LINES_IN_BLOCK }, (_, i) => {
    const id = index * LINES_IN_BLOCK + i;
    const tags = ['retail', 'web', `shard-${id % 7}`];
    const user = { name: `user ${id % 1000}`, mail: `user${id % 1000}@example.org` };
    return JSON.stringify({ id, key: `key ${id % KEYS}`, count: 1, user, tags, ok: true });
  });
  return encoder.encode(lines.join('\n'));
}

/** The sum of `count` for each key, as pairs. */
export function aggregate(block: Uint8Array): [key: string, count: number][] {
  const sums = new Map<string, number>();
  for (const line of decoder.decode(block).split('\n')) {
    const { key, count } = JSON.parse(line) as { readonly key: string; readonly count: number };
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums];
}

/** What the sums of one block come to. */
export const JSON_LINES_SUM = LINES_IN_BLOCK;
