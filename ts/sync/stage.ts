/**
 * A stage of a pipeline: a window of values that are worked on.
 *
 * It asks the source for the next value as long as the window has room, whether results are waiting or
 * not, and gives a result as soon as it may leave. A result that nobody has taken keeps its place, so a
 * slow reader stops the stage, and the stage its source.
 */

/** A value that is worked on. */
interface Place<U> {
  outcome?: { readonly value: U } | { readonly error: unknown };
}

/** How a stage works on its values. */
export interface Work<T, U> {
  readonly run: (value: T) => PromiseLike<U>;
  /** How many values are worked on at a time. */
  readonly parallelism: number;
  /** Whether results leave in the order of their values. */
  readonly ordered: boolean;
}

/**
 * The results. Not a generator: its `return` would wait for a `next` that waits for the source, which
 * may never give anything. When it ends, however it does, the source is released and nothing runs.
 */
export class Stage<T, U> implements AsyncIterableIterator<U, undefined> {
  readonly #source: AsyncIterator<T>;
  readonly #work: Work<T, U>;
  readonly #places: Place<U>[] = [];
  readonly #running = new Set<Promise<void>>();
  #asking = false;
  #drained = false;
  #ended: Promise<void> | undefined;
  #failed: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(source: AsyncIterable<T>, work: Work<T, U>) {
    this.#source = source[Symbol.asyncIterator]();
    this.#work = work;
  }

  async next(): Promise<IteratorResult<U, undefined>> {
    try {
      while (this.#ended === undefined) {
        this.#fill();
        const done = this.#takeDone();
        if (done !== undefined) return { value: done.value, done: false };
        if (this.#drained && this.#places.length === 0) break;
        await this.#change();
      }
    } catch (error) {
      await this.#end();
      throw error;
    }
    return { value: undefined, done: true };
  }

  async return(): Promise<IteratorResult<U, undefined>> {
    await this.#end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Asks for the next value, if there is room. */
  #fill(): void {
    if (this.#asking || this.#drained || this.#places.length >= this.#work.parallelism) return;
    this.#asking = true;
    void this.#ask();
  }

  /** Takes a result that may leave. @throws the first error */
  #takeDone(): { readonly value: U } | undefined {
    if (this.#failed !== undefined) throw this.#failed.error;
    const at = this.#work.ordered ? 0 : this.#places.findIndex((place) => place.outcome !== undefined);
    const outcome = this.#places[at]?.outcome;
    if (outcome === undefined) return undefined;
    this.#places.splice(at, 1);
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }

  /** Resolves when something has happened since the call. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Releases the source, and waits for what runs. */
  #end(): Promise<void> {
    this.#ended ??= this.#release();
    this.#wake();
    return this.#ended;
  }

  async #release(): Promise<void> {
    if (!this.#drained) await this.#source.return?.();
    await Promise.all(this.#running);
  }

  async #ask(): Promise<void> {
    try {
      const { value, done } = await this.#source.next();
      if (done === true) this.#drained = true;
      else if (this.#ended === undefined) this.#begin(value);
    } catch (error) {
      this.#drained = true;
      this.#failed ??= { error };
    }
    this.#asking = false;
    this.#wake();
  }

  #begin(value: T): void {
    const place: Place<U> = {};
    this.#places.push(place);
    const running = this.#fulfil(place, value);
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  async #fulfil(place: Place<U>, value: T): Promise<void> {
    try {
      place.outcome = { value: await this.#work.run(value) };
    } catch (error) {
      place.outcome = { error };
    }
    this.#wake();
  }
}
