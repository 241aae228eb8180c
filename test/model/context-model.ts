import type { Outcomes } from './world.js';

export const CANCELED = 'ERR_CONTEXT_CANCELED';
export const EXCEEDED = 'ERR_CONTEXT_DEADLINE_EXCEEDED';

interface End {
  readonly err: string;
  /** What was given as the cause; the error itself if nothing was. */
  readonly cause: string;
}

/** Somebody who waits for the end, and what that wait comes to. */
interface Waiting {
  readonly id: number;
  readonly comesTo: unknown;
}

/** A context after Go's package: a node of a tree, whose end is its children's. */
export class ModelContext {
  ended: End | undefined;
  waiting: Waiting[] = [];
  readonly #children: ModelContext[] = [];

  constructor(
    readonly parent: ModelContext | undefined,
    /** Milliseconds since 1970. */
    readonly deadline: number | undefined,
    readonly binding?: { readonly key: string; readonly value: string },
  ) {
    this.ended = parent?.ended;
    if (parent !== undefined) parent.#children.push(this);
  }

  /** A child that can be cancelled; with a deadline, the nearer of its own and its parent's. */
  child(at?: number): ModelContext {
    const deadline = Math.min(at ?? Infinity, this.deadline ?? Infinity);
    return new ModelContext(this, deadline === Infinity ? undefined : deadline);
  }

  withValue(key: string, value: string): ModelContext {
    return new ModelContext(this, this.deadline, { key, value });
  }

  /** Knows the values above it, and nothing else. */
  withoutCancel(): ModelContext {
    return new Detached(this);
  }

  /** Whoever waits goes on. The first end counts, here and in each descendant. */
  end(err: string, cause: string | undefined, outcomes: Outcomes): void {
    this.endWith({ err, cause: cause ?? err }, outcomes);
  }

  value(key: string): string | undefined {
    return this.binding?.key === key ? this.binding.value : this.parent?.value(key);
  }

  wait(id: number, comesTo: unknown, outcomes: Outcomes): void {
    if (this.ended === undefined) this.waiting.push({ id, comesTo });
    else outcomes.set(id, { value: comesTo });
  }

  /** Whether somebody waited under this number, and does no more. */
  stop(id: number): boolean {
    const before = this.waiting.length;
    this.waiting = this.waiting.filter((waiting) => waiting.id !== id);
    return this.waiting.length < before;
  }

  protected endWith(end: End, outcomes: Outcomes): void {
    if (this.ended !== undefined) return;
    this.ended = end;
    for (const { id, comesTo } of this.waiting) outcomes.set(id, { value: comesTo });
    this.waiting = [];
    for (const child of this.#children) child.endWith(end, outcomes);
  }
}

class Detached extends ModelContext {
  constructor(above: ModelContext) {
    super(above, undefined);
    this.ended = undefined;
  }

  protected override endWith(): void {
    // It never ends.
  }
}
