import { isDeepStrictEqual } from 'node:util';

import { chan, go, type Chan, type Goroutine } from 'gosched';
import { perform, type Kept, type Operation, type Outcome } from './operate.js';

/** Far more than an operation that can proceed needs; reaching it means that it hangs. */
const HANGS_AFTER = 5_000;

interface Request {
  readonly id: number;
  readonly operation: Operation;
}

/** Without an outcome: the operation has been started, and has taken effect or is parked. */
interface Answer {
  readonly id: number;
  readonly outcome?: Outcome;
}

/** What each operation that has ended by now must have come to, by number. */
export type Outcomes = Map<number, Outcome>;

/** Does what it is asked to, in order, and tells what came of it. */
async function serve(requests: Chan<Request>, answers: Chan<Answer>): Promise<void> {
  const kept: Kept = new Map();
  const tell = (answer: Answer): void => {
    answers.send(answer).catch(() => undefined); // closed: nobody wants to know any more
  };
  for await (const { id, operation } of requests) {
    perform(operation, kept, (outcome) => tell({ id, outcome }));
    tell({ id });
  }
}

/**
 * The real things: does operations here or in a goroutine of another isolate, one after the other.
 * The next one is started once the last one has taken effect or is parked, so their order is known
 * wherever they are done, and a model can say what each comes to.
 */
export class World {
  readonly #settled = new Map<number, Outcome>();
  readonly #waiting = new Map<number, () => void>();
  readonly #kept: Kept = new Map();
  #count = 0;
  #elsewhere: Elsewhere | undefined;

  /** @param across whether those that ask for it are done elsewhere */
  constructor(readonly across: boolean) {}

  /** A number that was not given before. */
  number(): number {
    return this.#count++;
  }

  /** Starts an operation, elsewhere if `far`. Gives its number. */
  async start(operation: Operation, far: boolean): Promise<number> {
    const id = this.number();
    const settle = (outcome: Outcome): void => {
      if (this.#settled.has(id)) throw new Error(`operation ${id} ended twice`);
      this.#settled.set(id, outcome);
      this.#waiting.get(id)?.();
    };
    if (far && this.across) {
      this.#elsewhere ??= new Elsewhere();
      await inTime(this.#elsewhere.start(id, operation, settle), `starting ${operation.call}`);
    } else {
      perform(operation, this.#kept, settle);
    }
    return id;
  }

  /** What an operation that can proceed comes to. */
  async outcome(id: number): Promise<Outcome> {
    if (!this.#settled.has(id)) {
      const ended = new Promise<void>((resolve) => this.#waiting.set(id, resolve));
      await inTime(ended, `operation ${id}`);
    }
    return this.#settled.get(id) as Outcome;
  }

  /** Does an operation that does not wait. */
  async result(operation: Operation, far: boolean): Promise<Outcome> {
    const id = await this.start(operation, far);
    const outcome = await this.outcome(id);
    this.#settled.delete(id);
    return outcome;
  }

  /** Waits until these have ended, as they must; nothing else may have. */
  async expect(expected: Outcomes): Promise<void> {
    for (const [id, wanted] of expected) same(await this.outcome(id), wanted, `operation ${id}`);
    for (const [id, outcome] of this.#settled) {
      if (!expected.has(id)) {
        throw new Error(`operation ${id} is parked, but came to ${JSON.stringify(outcome)}`);
      }
    }
    this.#settled.clear();
  }

  async end(): Promise<void> {
    await this.#elsewhere?.end();
  }
}

/** A goroutine in another isolate that does operations. */
class Elsewhere {
  readonly #requests = chan<Request>(1);
  readonly #answers = chan<Answer>(1024);
  readonly #started = new Map<number, () => void>();
  readonly #settle = new Map<number, (outcome: Outcome) => void>();
  readonly #server: Goroutine<void>;
  readonly #listening: Promise<void>;

  constructor() {
    this.#server = go(serve, this.#requests, this.#answers);
    this.#listening = this.#listen();
    this.#listening.catch(() => undefined); // `end` tells
  }

  async start(
    id: number,
    operation: Operation,
    settle: (outcome: Outcome) => void,
  ): Promise<void> {
    this.#settle.set(id, settle);
    const started = new Promise<void>((resolve) => this.#started.set(id, resolve));
    await Promise.race([this.#requests.send({ id, operation }).then(() => started), this.#server]);
  }

  async end(): Promise<void> {
    this.#requests.close();
    await inTime(this.#server, 'the goroutine elsewhere');
    this.#answers.close();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    for await (const { id, outcome } of this.#answers) {
      if (outcome === undefined) this.#started.get(id)?.();
      else this.#settle.get(id)?.(outcome);
    }
  }
}

/** @throws if two values differ, with both */
export function same(real: unknown, model: unknown, what: string): void {
  if (isDeepStrictEqual(real, model)) return;
  throw new Error(`${what}: ${JSON.stringify(real)}, but the model says ${JSON.stringify(model)}`);
}

async function inTime<T>(promise: PromiseLike<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), HANGS_AFTER);
  });
  try {
    return await Promise.race([promise, hangs]);
  } finally {
    clearTimeout(timer);
  }
}
