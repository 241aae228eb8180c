import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { tokenise } from './tokenise.js';
import { WAY_NAMES } from './child-messages.js';
import type { WayName } from './child-messages.js';

export interface Options {
  readonly folder: string;
  readonly workers: number;
  readonly query: string;
  readonly ways: readonly WayName[];
  /** How often each way runs, in turn; the median counts. */
  readonly rounds: number;
}

export type Arguments =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

/** Three: whatever else the machine does for a second spoils one run of one way. */
const DEFAULT_ROUNDS = 3;

export const USAGE = `usage: npm run demo -- [folder] [options]

Builds a search index of the text files in a folder (default: this project's node_modules) in three
ways, checks that the three indexes are identical, and compares time and memory.

  --workers N      threads that index (default: the number of cores, ${availableParallelism()})
  --query "words"  what to search for in the finished index
  --only WAY       run one way only: ${WAY_NAMES.join(', ')}
  --rounds N       how often each way runs, in turn (default: ${DEFAULT_ROUNDS}); the median counts
  --help           print this`;

const MAX_ROUNDS = 100;

const DEFAULT_QUERY = 'promise cancel timeout';

/** The largest GOMAXPROCS. */
const MAX_WORKERS = 64;

/** From build/examples/index/ up to the project. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../node_modules', import.meta.url));

export function readArguments(argv: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: withNegativeNumbers(argv),
      allowPositionals: true,
      options: {
        workers: { type: 'string', default: String(availableParallelism()) },
        query: { type: 'string', default: DEFAULT_QUERY },
        only: { type: 'string' },
        rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values.help === true ? { kind: 'help' } : check(values, positionals);
  } catch (error) {
    // parseArgs explains over several sentences; the first one says what is wrong.
    const message = error instanceof Error ? error.message : String(error);
    return wrong(message.split(/[.\n]/)[0] ?? message);
  }
}

interface Values {
  readonly workers: string;
  readonly query: string;
  readonly rounds: string;
  readonly only?: string | undefined;
}

function check({ workers, query, rounds, only }: Values, positionals: readonly string[]): Arguments {
  const [folder = DEFAULT_FOLDER, ...more] = positionals;
  if (more.length > 0) return wrong(`one folder at a time, not ${positionals.length}`);
  const count = wholeNumber(workers, MAX_WORKERS);
  if (count === undefined) {
    return wrong(`--workers must be a whole number from 1 to ${MAX_WORKERS}, not "${workers}"`);
  }
  if (tokenise(query).size === 0) {
    return wrong(`--query needs a word of two letters or more, not "${query}"`);
  }
  const times = wholeNumber(rounds, MAX_ROUNDS);
  if (times === undefined) {
    return wrong(`--rounds must be a whole number from 1 to ${MAX_ROUNDS}, not "${rounds}"`);
  }
  const ways = WAY_NAMES.filter((name) => only === undefined || name === only);
  if (ways.length === 0) {
    return wrong(`--only must be one of ${WAY_NAMES.join(', ')}, not "${only}"`);
  }
  return { kind: 'run', options: { folder, workers: count, query, ways, rounds: times } };
}

/** The number from 1 to `max` that `text` is. */
function wholeNumber(text: string, max: number): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= max ? value : undefined;
}

const COUNTS = ['--workers', '--rounds'];

/** parseArgs takes the `-1` of `--workers -1` for an option; written with `=` it is a value. */
function withNegativeNumbers(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (const arg of argv) {
    const before = args.at(-1) ?? '';
    if (/^-\d/.test(arg) && COUNTS.includes(before)) args[args.length - 1] = `${before}=${arg}`;
    else args.push(arg);
  }
  return args;
}

function wrong(message: string): Arguments {
  return { kind: 'wrong', message };
}
