/**
 * `ArrayBuffer`s that the addon has Node make: in an isolate that is being stopped Node refuses, without an
 * exception.
 *
 * `worker.terminate()` first marks the isolate, and then interrupts its JavaScript, from another thread.
 * Between the two (mostly a microsecond; on a busy machine that thread may lose its processor just there)
 * JavaScript runs on, while every Node-API call that may run JavaScript fails; making an `ArrayBuffer` is
 * taken for one, making a string is not. The goroutine would have an empty array in place of its value and
 * could send on what it makes of it, or fail with an error that is not its own. So it stops here: the
 * interrupt is on its way.
 *
 * There is no other reason to get `undefined`: whatever else goes wrong in Node-API is an exception.
 */

/** What the addon made; does not return if this isolate is being stopped. */
export function made<T>(result: T | undefined): T {
  return result === undefined ? awaitEnd() : result;
}

/**
 * Asks once more for the interrupt, and turns until it comes. Now and then V8 loses the first one (on a busy
 * machine, Node.js 24 in one of some 500 terminations): then this would turn for ever, and whoever waits for
 * the isolate to end would, too. Not `process.exit`: its listeners are the program's. Nor `Atomics.wait`: on
 * Node.js 26 an interrupt that comes there is sometimes lost (4 of 16 runs).
 */
function awaitEnd(): never {
  (process as typeof process & { reallyExit(code: number): void }).reallyExit(1);
  for (;;) turn();
}

function turn(): void {
  // V8 looks for a termination where a function begins.
}
