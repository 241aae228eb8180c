/**
 * How a worker isolate ends with the process.
 *
 * What a worker prints goes to the main thread in batches, the next when the last was taken, so a
 * worker that is terminated loses what it has not yet handed over. Therefore it is asked to end, and
 * does so when its streams are empty.
 */

import { parentPort } from 'node:worker_threads';

/** What the main thread posts to ask for it. The worker answers at once, then ends. */
export const END = 'gosched:end';

/** In a worker: ends when asked to. */
export function endWhenAsked(): void {
  parentPort?.on('message', (message: unknown) => {
    if (message !== END) return;
    parentPort?.postMessage('ending');
    void Promise.all([written(process.stdout), written(process.stderr)]).then(() => process.exit());
  });
}

/** Resolves when all that was written to a stream before has been taken. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write('', () => { resolve(); });
  });
}
