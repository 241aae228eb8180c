import { SingleBar } from 'cli-progress';

import type { Totals } from './index-merger.js';
import type { WayName } from './child-messages.js';

export interface Progress {
  update(totals: Totals): void;
  stop(): void;
}

const QUIET: Progress = { update: () => {}, stop: () => {} };

/** A bar for one way, or nothing at all when the output is not a terminal. */
export function showProgress(way: WayName, all: Totals): Progress {
  if (!process.stdout.isTTY) return QUIET;
  const bar = new SingleBar({
    format: `${way.padEnd(14)} {bar} {value}/{total} files  {megabytes} MB`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    stream: process.stdout,
    clearOnComplete: true,
    // The demo handles Ctrl-C itself, and stops the bar then.
    gracefulExit: false,
  });
  bar.start(all.files, 0, { megabytes: '0.0' });
  return {
    update: ({ files, bytes }) => bar.update(files, { megabytes: (bytes / 1e6).toFixed(1) }),
    stop: () => bar.stop(),
  };
}
