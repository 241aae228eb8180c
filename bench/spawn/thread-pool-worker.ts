import { parentPort } from 'node:worker_threads';

import type { Reply, Request } from './thread-pool-messages.js';
import { double } from './tiny.js';

parentPort!.on('message', ({ id, n }: Request) => {
  parentPort!.postMessage({ id, value: double(n) } satisfies Reply);
});
