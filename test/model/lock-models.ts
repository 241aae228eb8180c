import type { Outcome } from './operate.js';
import type { Outcomes } from './world.js';

/** One that waits, and the context that may end its wait. */
interface Waiter {
  readonly id: number;
  readonly ctx: number | undefined;
}

export const GRANTED: Outcome = { value: 'guard' };
export const NOT_LOCKED: Outcome = { threw: 'ERR_UNLOCK_OF_UNLOCKED' };
const DONE: Outcome = { value: undefined };

/** What can be waited for: `leave` takes those out whose context has ended, and serves others. */
export interface ModelLock {
  leave(ctx: number, cause: string, outcomes: Outcomes): void;
}

/** Takes those out of a line whose context has ended. */
function give<W extends Waiter>(line: W[], ctx: number, threw: string, outcomes: Outcomes): W[] {
  for (const waiter of line) if (waiter.ctx === ctx) outcomes.set(waiter.id, { threw });
  return line.filter((waiter) => waiter.ctx !== ctx);
}

/**
 * A mutex of which each unlock is seen by the one that it wakes before anything else happens, so
 * that nobody overtakes it.
 */
export class ModelMutex implements ModelLock {
  held = false;
  line: Waiter[] = [];

  lock(waiter: Waiter, outcomes: Outcomes): void {
    if (this.held) this.line.push(waiter);
    else outcomes.set(waiter.id, GRANTED);
    this.held = true;
  }

  tryLock(): boolean {
    const free = !this.held;
    this.held = true;
    return free;
  }

  unlock(outcomes: Outcomes): Outcome {
    if (!this.held) return NOT_LOCKED;
    const next = this.line.shift();
    if (next === undefined) this.held = false;
    else outcomes.set(next.id, GRANTED);
    return DONE;
  }

  leave(ctx: number, cause: string, outcomes: Outcomes): void {
    this.line = give(this.line, ctx, cause, outcomes);
  }
}

/** Readers stand behind a writer that waits; all that wait go when a writer has finished. */
export class ModelRWMutex implements ModelLock {
  readers = 0;
  writing = false;
  readLine: Waiter[] = [];
  writeLine: Waiter[] = [];

  rlock(waiter: Waiter, outcomes: Outcomes): void {
    if (this.tryRLock()) outcomes.set(waiter.id, GRANTED);
    else this.readLine.push(waiter);
  }

  lock(waiter: Waiter, outcomes: Outcomes): void {
    if (this.tryLock()) outcomes.set(waiter.id, GRANTED);
    else this.writeLine.push(waiter);
  }

  tryRLock(): boolean {
    if (this.writing || this.writeLine.length > 0) return false;
    this.readers++;
    return true;
  }

  tryLock(): boolean {
    if (this.writing || this.readers > 0) return false;
    this.writing = true;
    return true;
  }

  runlock(outcomes: Outcomes): Outcome {
    if (this.readers === 0) return NOT_LOCKED;
    this.readers--;
    this.#letWriter(outcomes);
    return DONE;
  }

  unlock(outcomes: Outcomes): Outcome {
    if (!this.writing) return NOT_LOCKED;
    this.writing = false;
    this.#letReaders(outcomes);
    this.#letWriter(outcomes);
    return DONE;
  }

  leave(ctx: number, cause: string, outcomes: Outcomes): void {
    this.readLine = give(this.readLine, ctx, cause, outcomes);
    this.writeLine = give(this.writeLine, ctx, cause, outcomes);
    if (!this.writing && this.writeLine.length === 0) this.#letReaders(outcomes);
  }

  #letReaders(outcomes: Outcomes): void {
    for (const { id } of this.readLine) outcomes.set(id, GRANTED);
    this.readers += this.readLine.length;
    this.readLine = [];
  }

  #letWriter(outcomes: Outcomes): void {
    if (this.writeLine.length === 0 || !this.tryLock()) return;
    outcomes.set((this.writeLine.shift() as Waiter).id, GRANTED);
  }
}

interface Acquirer extends Waiter {
  readonly units: number;
}

/** First come, first served; what asks for more than there are waits beside the line. */
export class ModelSemaphore implements ModelLock {
  held = 0;
  line: Acquirer[] = [];
  hopeless: Acquirer[] = [];

  constructor(readonly size: number) {}

  acquire(waiter: Acquirer, outcomes: Outcomes): void {
    if (waiter.units > this.size && waiter.ctx === undefined) {
      outcomes.set(waiter.id, { threw: 'ERR_OUT_OF_RANGE' });
    } else if (this.tryAcquire(waiter.units)) {
      outcomes.set(waiter.id, GRANTED);
    } else if (waiter.units > this.size) {
      this.hopeless.push(waiter);
    } else {
      this.line.push(waiter);
    }
  }

  tryAcquire(units: number): boolean {
    if (this.line.length > 0 || units > this.size - this.held) return false;
    this.held += units;
    return true;
  }

  release(units: number, outcomes: Outcomes): Outcome {
    if (units > this.held) return { threw: 'ERR_SEMAPHORE_RELEASE' };
    this.held -= units;
    this.#serve(outcomes);
    return DONE;
  }

  leave(ctx: number, cause: string, outcomes: Outcomes): void {
    this.hopeless = give(this.hopeless, ctx, cause, outcomes);
    this.line = give(this.line, ctx, cause, outcomes);
    this.#serve(outcomes);
  }

  #serve(outcomes: Outcomes): void {
    for (let first = this.line[0]; first !== undefined; first = this.line[0]) {
      if (first.units > this.size - this.held) return;
      this.line.shift();
      this.held += first.units;
      outcomes.set(first.id, GRANTED);
    }
  }
}
