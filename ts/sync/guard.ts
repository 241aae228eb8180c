/** `Guard`: a lock that is held. */

/**
 * Proof that a lock is held: what `lock()` resolves to. Unlocks at the end of its block with `using`,
 * or by {@link unlock}; once, whichever comes first. One that is dropped without either leaves the
 * lock held, as a forgotten `Unlock` in Go does.
 *
 * @example
 * {
 *   using held = await mu.lock();
 *   await save(state);
 * } // unlocked here, also when save throws
 * const held = await mu.lock();
 * held.unlock();
 */
export class Guard {
  #release: (() => void) | undefined;

  /** @internal */
  constructor(release: () => void) {
    this.#release = release;
  }

  /** Unlocks. Later calls do nothing. */
  unlock(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  /** Calls {@link unlock}. */
  [Symbol.dispose](): void {
    this.unlock();
  }
}
