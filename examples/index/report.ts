import { join } from 'node:path';
import Table from 'cli-table3';
import pc from 'picocolors';

import { snippet } from './snippet.js';
import { describeSkips } from './skips.js';
import type { Hit } from './bm25.js';
import type { Totals } from './index-merger.js';
import type { WayName, WayResult } from './child-messages.js';

export interface Finished {
  readonly way: WayName;
  /** One for each round. */
  readonly results: WayResult[];
}

/** The run in the middle; of an even number, the faster of the two. */
function median({ results }: Finished): WayResult | undefined {
  const sorted = [...results].sort((a, b) => a.seconds - b.seconds);
  return sorted[(sorted.length - 1) >> 1];
}

const SNIPPET_WIDTH = 72;

export function number(value: number): string {
  return value.toLocaleString('en');
}

/** `"5,421 files, 61.3 MB (skipped: 12 binary)"` */
export function describeTotals({ files, bytes, skipped }: Totals): string {
  const skips = describeSkips(skipped);
  const left = skips === '' ? '' : ` (skipped: ${skips})`;
  const count = `${number(files)} ${files === 1 ? 'file' : 'files'}`;
  return `${count}, ${(bytes / 1e6).toFixed(1)} MB${left}`;
}

/** One row for each way. The speed-up is against the single-threaded one, where that has run. */
export function comparison(finished: readonly Finished[]): string {
  const table = new Table({
    head: ['way', 'seconds', 'MB/s', 'speed-up', 'peak memory'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const single = finished.find(({ way }) => way === 'single');
  const baseline = single === undefined ? undefined : median(single)?.seconds;
  for (const one of finished) {
    const result = median(one);
    if (result === undefined) continue;
    const { way } = one;
    const { seconds, totals, peakMegabytes } = result;
    table.push([
      way === 'gosched' ? pc.bold(way) : way,
      seconds.toFixed(2),
      (totals.bytes / 1e6 / seconds).toFixed(1),
      baseline === undefined ? '-' : pc.green(`${(baseline / seconds).toFixed(2)}x`),
      `${peakMegabytes.toFixed(0)} MB`,
    ]);
  }
  return table.toString();
}

export function topHits(hits: readonly Hit[], query: string, folder: string): string {
  if (hits.length === 0) return `No document contains any word of "${query}".`;
  const lines = hits.flatMap(({ path, score }, i) => [
    `${String(i + 1).padStart(3)}  ${score.toFixed(2).padStart(6)}  ${pc.cyan(path)}`,
    `             ${pc.dim(snippet(join(folder, path), query, SNIPPET_WIDTH))}`,
  ]);
  return [`Top hits for ${pc.bold(`"${query}"`)}`, ...lines].join('\n');
}
