/**
 * What a worker isolate leaves behind: why it ended, for those whose goroutines end with it.
 *
 * It is set when the isolate's `exit` event comes, the last at which JavaScript runs. An isolate that runs
 * out of memory, or is terminated, has none: `isolates.ts` tells then.
 */

import { IsolateDied } from '../errors.js';
import { isolateId, native } from './native.js';
import { Word, words } from './page.js';
import { putValue } from './values.js';

const I = words;

let uncaught: { readonly error: unknown } | undefined;
let wanted = false;

/** In a worker: sees to it that its end is explained. */
export function explainEnd(): void {
  process.on('uncaughtExceptionMonitor', (error) => {
    uncaught = { error };
    // If the program has a handler of its own, the isolate lives on.
    setImmediate(() => {
      uncaught = undefined;
    }).unref();
  });
  process.on('exit', (exitCode) => {
    const died =
      uncaught === undefined
        ? new IsolateDied('exit', isolateId, { exitCode })
        : new IsolateDied('uncaught', isolateId, { cause: uncaught.error });
    died.stack = `${died.name}: ${died.message}`; // ours would lead nowhere
    put(died);
    I[Word.Kind] = wanted ? 1 : 0;
    native.setEpitaph();
  });
}

/** It ends because it was asked to: no crash. */
export function endIsWanted(): void {
  wanted = true;
}

function put(died: IsolateDied): void {
  try {
    putValue(died);
  } catch {
    // What was thrown cannot be copied. Its text can.
    native.unstage();
    const { cause } = died;
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    putValue(Object.assign(died, { cause: text }));
  }
}
