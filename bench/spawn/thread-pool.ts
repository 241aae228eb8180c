/** The peer: worker threads that are asked in turn, and a table of who waits for which reply. */

import { Worker } from 'node:worker_threads';

import type { Reply, Request } from './thread-pool-messages.js';

export class ThreadPool {
  readonly #workers: readonly Worker[];
  readonly #waiting = new Map<number, (value: number) => void>();
  #lastId = 0;

  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => this.#start());
  }

  call(n: number): Promise<number> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#workers[id % this.#workers.length]!.postMessage({ id, n } satisfies Request);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(new URL('./thread-pool-worker.js', import.meta.url));
    worker.on('message', ({ id, value }: Reply) => {
      this.#waiting.get(id)!(value);
      this.#waiting.delete(id);
    });
    return worker;
  }
}
