import { parentPort } from 'node:worker_threads';

import * as tasks from '../tasks.mjs';

const functions = { ...tasks };

parentPort.on('message', ({ id, task, argument }) => {
  parentPort.postMessage({ id, result: functions[task](argument) });
});
