/**
 * The demo program: `npm run demo -- [folder] [--workers N] [--query "words"] [--only WAY]`.
 * This file turns arguments and signals into a run, and the run into an exit status.
 */
import { readArguments, USAGE } from './arguments.js';
import { runDemo } from './demo.js';
import type { Options } from './arguments.js';

/** 128 and the number of the signal, as shells report it. */
const STATUS_OF = { SIGINT: 130, SIGTERM: 143 } as const;

const USAGE_ERROR = 2;

const args = readArguments(process.argv.slice(2));
if (args.kind === 'run') {
  process.exitCode = await run(args.options);
} else if (args.kind === 'help') {
  process.stdout.write(`${USAGE}\n`);
} else {
  process.stderr.write(`error: ${args.message}\nRun "npm run demo -- --help" for the options.\n`);
  process.exitCode = USAGE_ERROR;
}

async function run(options: Options): Promise<number> {
  const cancellation = new AbortController();
  let cancelledStatus = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    const status = STATUS_OF[name === 'SIGTERM' ? 'SIGTERM' : 'SIGINT'];
    // The second one does not wait for anybody: the child is killed as this process exits.
    if (cancellation.signal.aborted) process.exit(status);
    cancelledStatus = status;
    cancellation.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // `npm run demo | head`: who reads has read enough.
  process.stdout.on('error', () => process.exit(0));
  const verdict = await runDemo(options, cancellation.signal);
  if (verdict === 'cancelled') return cancelledStatus;
  return verdict === 'ok' ? 0 : 1;
}
