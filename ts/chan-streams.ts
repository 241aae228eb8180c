/** Channels as streams. */

import type { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

import { type Channel, chan } from './chan.js';
import { argumentError } from './errors.js';
import { nodeStreams, webStreams } from './internal/streams.js';
import { select } from './select.js';

/**
 * One value at a time for a stream that may be given up while it waits: then the wait leaves the
 * channel's queue, and takes no value that another receiver could have.
 */
class Puller<T> {
  readonly #given = chan<never>();
  readonly #from: Channel<T>;

  constructor(from: Channel<T>) {
    this.#from = from;
  }

  async pull(): Promise<IteratorResult<T, undefined>> {
    const got = await select({ value: this.#from, given: this.#given });
    return got.key === 'value' && got.ok
      ? { value: got.value as T, done: false }
      : { value: undefined, done: true };
  }

  giveUp(): void {
    if (!this.#given.closed) this.#given.close();
  }
}

/** A Node.js stream, in object mode, of what the channel gives. Reads one value ahead. */
export function toReadable<T>(from: Channel<T>): Readable {
  const puller = new Puller(from);
  return new (nodeStreams().Readable)({
    objectMode: true,
    highWaterMark: 1,
    read() {
      void fill(this, puller);
    },
    destroy(error, done) {
      puller.giveUp();
      done(error);
    },
  });
}

/** Gives the stream its next value, or its end. */
async function fill(stream: Readable, from: Puller<unknown>): Promise<void> {
  try {
    const { value, done } = await from.pull();
    if (done === true) stream.push(null);
    else if (value === null || value === undefined) stream.destroy(noChunk(value));
    else stream.push(value);
  } catch (error) {
    stream.destroy(error as Error);
  }
}

/** A web stream of what the channel gives. Reads nothing ahead. */
export function toWeb<T>(from: Channel<T>): ReadableStream<T> {
  const puller = new Puller(from);
  return new (webStreams().ReadableStream)<T>(
    {
      async pull(controller) {
        const { value, done } = await puller.pull();
        if (done === true) closeUnlessCancelled(controller);
        else controller.enqueue(value as T);
      },
      cancel: () => puller.giveUp(),
    },
    { highWaterMark: 0 },
  );
}

/** A wait that was given up comes here too, and its controller is closed already. */
function closeUnlessCancelled(controller: { close(): void }): void {
  try {
    controller.close();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

function noChunk(value: unknown): TypeError {
  return argumentError('a chunk of a Node.js stream', 'neither null nor undefined', value);
}
