/** One side of a row: finds how many operations make a round, and in which mode it is fastest. */

import type { Contender } from '../rounds.js';
import { type Who, type Work, run } from './program.js';
import type { Case } from './cases.js';

/** How long a round is to take on the clock. */
export interface Length {
  readonly targetNs: number;
  readonly quick: boolean;
}

/** Of the operations of a round, how many more are done before the clock starts. */
const WARM_UP_SHARE = 0.1;

/** A guess that took this share of the target's time is near enough to reckon from. */
const NEAR_ENOUGH = 0.2;

/** Between two guesses: the first ones are mostly the start of a thread. */
const MOST_GROWTH = 100;

interface Chosen {
  readonly who: Who;
  readonly work: Work;
}

export class CaseContender implements Contender {
  #chosen: Chosen | undefined;

  constructor(
    readonly name: string,
    /** The same contender in each of its modes. */
    readonly modes: readonly Who[],
    readonly what: Case,
    readonly length: Length,
  ) {}

  /** One round, in nanoseconds or bytes for each operation. The first also chooses. */
  async run(): Promise<number> {
    this.#chosen ??= await this.#choose();
    return this.#measure(this.#chosen);
  }

  async #measure({ who, work }: Chosen): Promise<number> {
    const { perOp, checksum } = await run(who, work);
    const expected = this.what.expected(work);
    if (checksum !== String(expected)) {
      const command = [who.program, ...who.args].join(' ');
      throw new Error(`${command}: ${JSON.stringify(work)}: ${checksum} instead of ${expected}`);
    }
    return perOp / this.what.scale;
  }

  async #choose(): Promise<Chosen> {
    let best: { readonly perOp: number; readonly chosen: Chosen } | undefined;
    for (const who of this.modes) {
      const chosen = { who, work: await this.#workFor(who) };
      // Nothing to choose from: the caller's round is enough.
      if (this.modes.length === 1) return chosen;
      const perOp = await this.#measure(chosen);
      if (best === undefined || perOp < best.perOp) best = { perOp, chosen };
    }
    if (best === undefined) throw new Error(`${this.name} has no mode`);
    return best.chosen;
  }

  /** As many operations as the case says, or as take the target's time. */
  async #workFor(who: Who): Promise<Work> {
    const { fixed } = this.what;
    if (fixed !== undefined) return this.#work(this.length.quick ? fixed.quick : fixed.full);
    const { targetNs } = this.length;
    let work = this.#work(1);
    for (;;) {
      const { total } = await run(who, work);
      const growth = targetNs / total;
      const next = this.#work(work.n * Math.min(growth, MOST_GROWTH));
      if (growth < 1 / NEAR_ENOUGH) return next;
      work = next;
    }
  }

  #work(n: number): Work {
    const { name, procs, shape, stepsOfSize, step, warm } = this.what;
    const size = this.length.quick ? (shape.quick ?? shape.full) : shape.full;
    const unit = stepsOfSize ? size : step;
    const whole = (count: number): number => Math.max(1, Math.round(count / unit)) * unit;
    const warmUp = warm ? whole(n * WARM_UP_SHARE) : 0;
    return { case: name, procs, size, n: whole(n), warmUp };
  }
}
