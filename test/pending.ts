import { gosched } from 'gosched/runtime';

const PENDING = Symbol('pending');

/**
 * Whether a promise is still pending after `turns` turns of the event loop. That something is
 * parked can only be shown by letting everything else run.
 */
export async function isPending(promise: PromiseLike<unknown>, turns = 20): Promise<boolean> {
  for (let turn = 0; turn < turns; turn++) await gosched();
  const first = await Promise.race([promise, Promise.resolve(PENDING)]);
  return first === PENDING;
}
