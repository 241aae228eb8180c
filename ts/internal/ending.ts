/**
 * How a worker isolate ends when it is asked to: with the process, or when it has long been idle.
 *
 * What a worker prints goes to the main thread in batches, the next when the last was taken, so a
 * worker that is terminated loses what it has not yet handed over. Therefore it is asked to end, and
 * does so when its streams are empty.
 */

import { parentPort } from 'node:worker_threads';

import { endIsWanted } from './epitaph.js';
import { native } from './native.js';
import { schedulePump } from './pump.js';
import { parkedCount } from './tickets.js';

/** What the main thread posts to ask for it. The worker answers at once, then ends. */
export const END = 'gosched:end';

/** What it posts to an idle one, which may have reasons to stay. */
export const END_IF_IDLE = 'gosched:end-if-idle';

/** Resources that every worker has: its ports to the main thread. */
const OWN: ReadonlySet<string> = new Set(['MessagePort', 'CloseReq', 'Immediate']);

/** In a worker: ends when asked to. */
export function endWhenAsked(): void {
  parentPort?.on('message', (message: unknown) => {
    if (message === END) {
      parentPort?.postMessage('ending');
      void end();
    } else if (message === END_IF_IDLE) {
      if (isUsed()) stay();
      else void end();
    }
  });
}

async function end(): Promise<void> {
  endIsWanted();
  await Promise.all([written(process.stdout), written(process.stderr)]);
  process.exit();
}

/** It can be called to work again as soon as it has looked for some and parked. */
function stay(): void {
  native.stay();
  schedulePump();
}

/** Whether goroutines have left something behind that may go on: a server, a timer, a receive. */
function isUsed(): boolean {
  return parkedCount() > 0 || process.getActiveResourcesInfo().some((name) => !OWN.has(name));
}

/** Resolves when all that was written to a stream before has been taken. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0) resolve();
    else stream.write('', () => { resolve(); });
  });
}
