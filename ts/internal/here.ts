/**
 * A goroutine of this isolate, from `go.local` to its end.
 *
 * Most of what a parked one costs is memory of the collector's, so little is made for each: one object, and
 * two functions once it awaits something. As an async function it had twice that: V8 keeps a generator with
 * its registers, a promise and two functions of its own for each.
 */

import { Goexit } from '../errors.js';
import { native } from './native.js';
import { Double, doubles } from './page.js';
import { schedulePump } from './pump.js';
import { runAs } from './traceback.js';

const F = doubles;

type Resolve = (value: never) => void;
type Reject = (reason: unknown) => void;
/** The function of a goroutine, with its arguments. */
type Work = () => unknown;

const resolved = Promise.resolve();

class Here {
  constructor(
    readonly id: number,
    readonly resolve: Resolve,
    readonly reject: Reject,
  ) {}

  run(work: Work): void {
    let result: unknown;
    try {
      result = runAs(this.id, work);
    } catch (error) {
      this.fail(error);
      return;
    }
    // As `await` does: what is a promise already is taken as it is.
    void Promise.resolve(result).then(
      (value) => this.succeed(value),
      (error: unknown) => this.fail(error),
    );
  }

  succeed(value: unknown): void {
    this.end();
    this.resolve(value as never);
  }

  fail(error: unknown): void {
    this.end();
    if (error instanceof Goexit) this.resolve(undefined as never);
    else this.reject(error);
  }

  end(): void {
    F[Double.Number2] = this.id;
    native.endLocal();
    schedulePump();
  }
}

/** Starts it in a microtask of its own, as goroutines do not run before whoever starts them goes on. */
export function startHere(id: number, work: Work, resolve: Resolve, reject: Reject): void {
  const here = new Here(id, resolve, reject);
  void resolved.then(() => here.run(work));
}
