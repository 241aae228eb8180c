import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gosched } from 'gosched/runtime';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Collects garbage and lets finalizers run. What a `WeakRef` was asked for stays until the turn of
 * the event loop is over, so a turn comes first.
 */
export async function collectGarbage(): Promise<void> {
  await gosched();
  collect();
  await gosched();
}
