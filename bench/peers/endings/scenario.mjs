// scenario.mjs <package> <situation>: one victim and a few bystanders; prints what became of them, then does
// nothing more. Whether the process then exits by itself is for whoever started it to see.

import { NotOffered, pools } from './pools.mjs';

const [, , name, situation] = process.argv;
/** How long something may be pending before it counts as lost. */
const PENDING_AFTER = 5_000;

const threads = [];
process.on('worker', (worker) => threads.push(worker));
process.removeAllListeners('warning');
let uncaught;
process.on('uncaughtException', (error) => {
  uncaught = `${error?.message ?? error}`.split('\n')[0].slice(0, 60);
});

const settles = (promise) => {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PENDING_AFTER, 'pending');
  });
  const ended = Promise.resolve(promise).then(
    () => 'resolved',
    (error) => error instanceof NotOffered ? 'not offered' : `rejected: ${error?.code ?? error?.name ?? ''} ${`${error?.message ?? error}`.split('\n')[0].slice(0, 60)}`,
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
};

const run = await pools[name]();
await run('add', { a: 1, b: 2 });
const abort = new AbortController();
const victims = {
  nothing: () => run('add', { a: 1, b: 2 }),
  exit: () => run('exit'),
  throw: () => run('throwLater'),
  memory: () => run('outOfMemory'),
  terminate: async () => {
    const victim = Promise.resolve(run('spin')).catch((error) => Promise.reject(error));
    victim.catch(() => undefined);
    setTimeout(() => threads.forEach((thread) => void thread.terminate()), 500);
    return victim;
  },
  cancel: () => {
    setTimeout(() => abort.abort(), 500);
    return run('spin', undefined, abort.signal);
  },
};
const victim = settles(victims[situation]());
// Under way at the same time, and afterwards.
const others = situation === 'terminate' ? [] : [1, 2, 3, 4].map((n) => settles(run('add', { a: n, b: 1 })));
const result = { victim: await victim };
if (result.victim === 'not offered') result.notOffered = true;
result.others = (await Promise.all(others)).join();
result.after = await settles(run('add', { a: 1, b: 1 }));
if (uncaught !== undefined) result.uncaught = uncaught;
console.log(JSON.stringify(result));
