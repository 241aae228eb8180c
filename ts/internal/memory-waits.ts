/**
 * `Atomics.waitAsync` in the isolates that the scheduler starts: while one is pending, the event loop is held.
 *
 * Node stays for none of them and lists none, so an isolate would seem to have nothing under way, and the
 * program to be in a deadlock, while a time-out runs or a `notify` is on its way. So the function is replaced
 * where the whole isolate is ours. On the main thread it is Node's: the process does not stay for it there.
 *
 * The price is that a program stays for a wait that nobody ends, as it does for `Atomics.wait`.
 */

type WaitAsync = (...args: unknown[]) => { readonly async: boolean; readonly value: unknown };

/** Far longer than anything: it only has to be there. */
const FOREVER = 2 ** 31 - 1;

let pending = 0;
let hold: NodeJS.Timeout | undefined;

function begin(): void {
  pending++;
  hold ??= setInterval(() => undefined, FOREVER);
}

function end(): void {
  if (--pending > 0) return;
  clearInterval(hold);
  hold = undefined;
}

/** From now on waits that are begun in this isolate hold its event loop. */
export function holdForMemoryWaits(): void {
  const atomics = Atomics as unknown as { waitAsync?: WaitAsync };
  const original = atomics.waitAsync;
  if (original === undefined) return;
  // As Node's: four parameters, and not enumerable.
  const waitAsync = (array: unknown, index: unknown, value: unknown, timeout?: unknown): unknown => {
    const result = original(array, index, value, timeout);
    if (result.async) {
      begin();
      void (result.value as Promise<unknown>).then(end); // it never rejects
    }
    return result;
  };
  Object.defineProperty(atomics, 'waitAsync', { value: waitAsync, writable: true, configurable: true });
}
