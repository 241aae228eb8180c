import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import type { ChildJob, FromChild, ToChild, WayResult } from './child-messages.js';
import type { Totals } from './index-merger.js';

/** How long a cancelled way may take to stop before its process is killed. */
const STOP_WITHIN_MS = 900;

/** How long a process may take to end after its report: longer means it left something behind. */
const END_WITHIN_MS = 5_000;

export type Outcome =
  | { readonly kind: 'done'; readonly result: WayResult }
  | { readonly kind: 'cancelled'; readonly totals: Totals }
  | { readonly kind: 'failed'; readonly message: string };

/** Runs one way in a process of its own. Resolves when that process has ended. */
export function runWay(
  job: ChildJob,
  signal: AbortSignal,
  onProgress: (totals: Totals) => void,
): Promise<Outcome> {
  const child = fork(new URL('./child.js', import.meta.url), [JSON.stringify(job)]);
  const last = lastMessages(child, onProgress);
  const kill = (): void => void child.kill('SIGKILL');
  const cancel = (): void => {
    if (child.connected) child.send({ kind: 'cancel' } satisfies ToChild);
    setTimeout(kill, STOP_WITHIN_MS).unref();
  };
  process.once('exit', kill);
  signal.addEventListener('abort', cancel, { once: true });
  return new Promise<Outcome>((resolve) => {
    child.on('error', ({ message }) => {
      // Ctrl-C may end a process that is only just starting: it cannot be told to stop any more.
      const cancelled = { kind: 'cancelled', totals: last.totals } as const;
      resolve(signal.aborted ? cancelled : { kind: 'failed', message });
    });
    child.on('exit', (status, killedBy) => {
      resolve(outcomeOf(last, signal, killedBy ?? `status ${status}`));
    });
  }).finally(() => {
    process.off('exit', kill);
    signal.removeEventListener('abort', cancel);
  });
}

interface LastMessages {
  totals: Totals;
  final: Exclude<FromChild, { kind: 'progress' }> | undefined;
  isStuck: boolean;
}

function lastMessages(child: ChildProcess, onProgress: (totals: Totals) => void): LastMessages {
  const last: LastMessages = {
    totals: { files: 0, bytes: 0, skipped: [] },
    final: undefined,
    isStuck: false,
  };
  child.on('message', (message: FromChild) => {
    if (message.kind === 'progress') {
      last.totals = message.totals;
      onProgress(message.totals);
      return;
    }
    last.final = message;
    const killStuck = (): void => {
      last.isStuck = child.kill('SIGKILL');
    };
    const timer = setTimeout(killStuck, END_WITHIN_MS);
    child.once('exit', () => clearTimeout(timer));
  });
  return last;
}

function outcomeOf(last: LastMessages, signal: AbortSignal, ended: string): Outcome {
  if (last.final?.kind === 'failed') return last.final;
  // A way that was cancelled just as it finished is cancelled; one that had to be killed, too.
  if (signal.aborted) {
    const totals = last.final?.kind === 'done' ? last.final.result.totals : last.final?.totals;
    return { kind: 'cancelled', totals: totals ?? last.totals };
  }
  if (last.isStuck) {
    return { kind: 'failed', message: `its process did not end within ${END_WITHIN_MS} ms` };
  }
  return last.final ?? { kind: 'failed', message: `its process ended early (${ended})` };
}
