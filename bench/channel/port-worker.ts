/** A worker thread of the peer: does one end of a round at a time, as it is told. */

import { parentPort, threadId, type MessagePort } from 'node:worker_threads';

import type { EndReport } from './placement.js';
import { answer, ask, receive, send, type PortStreamRound } from './port-ends.js';

/** One end of a round. */
export type PortJob = { readonly ports: readonly [MessagePort, ...MessagePort[]] } & (
  | { readonly end: 'answer' }
  | { readonly end: 'ask'; readonly warmUp: number; readonly count: number }
  | { readonly end: 'send' | 'receive'; readonly round: PortStreamRound }
);

async function run(job: PortJob): Promise<number> {
  switch (job.end) {
    case 'answer':
      await answer(job.ports[0]);
      return 0;
    case 'ask':
      return ask(job.ports[0], job.warmUp, job.count);
    case 'send':
      return send(job.ports, job.round);
    case 'receive':
      await receive(job.ports, job.round);
      return 0;
  }
}

// A failure is an unhandled rejection, which ends the thread and tells the main one.
parentPort!.on('message', async (job: PortJob) => {
  const milliseconds = await run(job);
  parentPort!.postMessage({ threadId, milliseconds } satisfies EndReport);
});
