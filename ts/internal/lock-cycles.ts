/**
 * Tells of goroutines that wait for each other's locks, while others go on. They are found by
 * `crates/runtime/src/sched/lock_cycles.rs`, and told on the main thread, where warnings are listened to.
 */

import { native } from './native.js';
import { Word, words } from './page.js';

const I = words;

/**
 * Whether this event loop has something open, as far as Node lists it: then a part of the main program may
 * go on that has nothing to do with the rest. Streams of the terminal and pipes count for nothing, because
 * `process.stdout` is one.
 */
function isBusy(): boolean {
  return process.getActiveResourcesInfo().some((it) => !/^(TTY|Pipe)Wrap$/.test(it));
}

/** Each that nobody was told of becomes a warning of the process. */
export function warnOfLockCycles(): void {
  for (;;) {
    I[Word.Kind] = isBusy() ? 1 : 0;
    const text = native.lockCycle(undefined);
    if (text === '') return;
    process.emitWarning(text, { type: 'GoschedWarning', code: 'GOSCHED_LOCK_CYCLE' });
  }
}
