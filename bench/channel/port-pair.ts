/** Rounds of the peer: two worker threads, or one and the main thread, and a MessageChannel. */

import { once } from 'node:events';
import { MessageChannel, Worker, threadId, type MessagePort } from 'node:worker_threads';

import { acrossIsolates, type EndReport } from './placement.js';
import { ask, type PortStreamRound } from './port-ends.js';
import type { PortJob } from './port-worker.js';

/** Two threads that stay, as our isolates do, so that each round finds them warm. */
export class PortPair {
  readonly #first = startWorker();
  readonly #second = startWorker();

  /** Gives microseconds for a round trip. */
  async pingPong(warmUp: number, count: number): Promise<number> {
    const milliseconds = await acrossIsolates(() => {
      const { port1, port2 } = new MessageChannel();
      return Promise.all([
        run(this.#first, { end: 'ask', ports: [port1], warmUp, count }),
        run(this.#second, { end: 'answer', ports: [port2] }),
      ]);
    });
    return (milliseconds * 1e3) / count;
  }

  /** The main thread asks, a worker answers. */
  async pingPongFromMain(warmUp: number, count: number): Promise<number> {
    const milliseconds = await acrossIsolates(() => {
      const { port1, port2 } = new MessageChannel();
      const asking = async (): Promise<EndReport> => {
        return { threadId, milliseconds: await ask(port1, warmUp, count) };
      };
      return Promise.all([asking(), run(this.#second, { end: 'answer', ports: [port2] })]);
    });
    return (milliseconds * 1e3) / count;
  }

  /** Streams over as many ports at once, all from one thread to the other: million values per second. */
  async streams(ports: number, round: PortStreamRound): Promise<number> {
    const milliseconds = await acrossIsolates(() => {
      const channels = Array.from({ length: ports }, () => new MessageChannel());
      const ends = (end: 'port1' | 'port2'): PortJob['ports'] =>
        channels.map((channel) => channel[end]) as [MessagePort, ...MessagePort[]];
      return Promise.all([
        run(this.#first, { end: 'send', ports: ends('port1'), round }),
        run(this.#second, { end: 'receive', ports: ends('port2'), round }),
      ]);
    });
    return round.count / milliseconds / 1e3;
  }

  async close(): Promise<void> {
    await Promise.all([this.#first.terminate(), this.#second.terminate()]);
  }
}

function startWorker(): Worker {
  return new Worker(new URL('./port-worker.js', import.meta.url));
}

async function run(worker: Worker, job: PortJob): Promise<EndReport> {
  worker.postMessage(job, [...job.ports]);
  const [report] = (await once(worker, 'message')) as [EndReport];
  return report;
}
