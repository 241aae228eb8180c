import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { countSkip, noSkips } from './skips.js';
import { readTextFile } from './text-file.js';
import { walk } from './walk.js';
import type { Totals } from './index-merger.js';

/** How long the event loop, and with it Ctrl-C, may have to wait. */
const TURN_MS = 50;

/**
 * Reads every file once without timing it. Afterwards the files are in the page cache for all ways
 * alike, and the totals that the progress bars need are known.
 */
export async function warmUp(folder: string, signal: AbortSignal): Promise<Totals> {
  const skipped = noSkips();
  let files = 0;
  let bytes = 0;
  let turnEnds = performance.now() + TURN_MS;
  for (const path of walk(folder, skipped)) {
    const reading = readTextFile(join(folder, path));
    if (reading.kind === 'skipped') countSkip(skipped, reading.reason);
    if (reading.kind === 'text') {
      files++;
      bytes += reading.content.length;
    }
    if (performance.now() < turnEnds) continue;
    await setImmediate();
    if (signal.aborted) break;
    turnEnds = performance.now() + TURN_MS;
  }
  return { files, bytes, skipped: [...skipped] };
}
