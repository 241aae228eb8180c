/** The two programs of the suite: bench/native in Rust, ours and the peers, and bench/go. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Where scripts/twins.mjs puts them. */
const folder = new URL('../../../target/bench-native/', import.meta.url);
const suffix = process.platform === 'win32' ? '.exe' : '';

export const rustProgram = fileURLToPath(new URL(`release/gosched-bench${suffix}`, folder));
export const goProgram = fileURLToPath(new URL(`go-bench${suffix}`, folder));

export function checkBuilt(): { readonly go: boolean } {
  if (!existsSync(rustProgram)) {
    throw new Error(`${rustProgram} is not there: run npm run bench -- native, which builds it`);
  }
  return { go: existsSync(goProgram) };
}

/** One round of a case. */
export interface Work {
  readonly case: string;
  /** GOMAXPROCS, or the peer's threads. */
  readonly procs: number;
  /** Operations. */
  readonly n: number;
  /** The shape of the case: a capacity, a number of goroutines. */
  readonly size: number;
  /** Operations before the clock starts. */
  readonly warmUp: number;
}

/** Who does it: a program, and its arguments that say so. */
export interface Who {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Result {
  /** Nanoseconds, or bytes where the case measures memory. */
  readonly total: number;
  readonly perOp: number;
  readonly checksum: string;
}

/** A round takes about a second at most; what takes this long hangs. */
const TIMEOUT_MS = 60_000;

/**
 * Runs one round in a process of its own. A peer that hangs, as flume does once in some hundred rounds
 * with a million waiting senders, is told of and gets another try. Ours gets none.
 */
export async function run(who: Who, work: Work): Promise<Result> {
  try {
    return await runOnce(who, work);
  } catch (error) {
    const hangs = (error as { killed?: boolean }).killed === true;
    if (!hangs || !who.args.includes('--peer')) throw error;
    console.error(`${who.args.join(' ')} hangs in ${work.case}, n = ${work.n}; once more`);
    return runOnce(who, work);
  }
}

async function runOnce(who: Who, work: Work): Promise<Result> {
  const options = { procs: work.procs, n: work.n, size: work.size, 'warm-up': work.warmUp };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const limits = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
  const all = [work.case, ...args, ...who.args];
  try {
    const { stdout } = await promisify(execFile)(who.program, all, limits);
    return JSON.parse(stdout) as Result;
  } catch (cause) {
    // It goes into the report, so it names the program without this machine's path.
    const { killed = false } = cause as { killed?: boolean };
    const what = killed ? `no result in ${TIMEOUT_MS / 1000} s` : 'failed';
    const error = new Error(`${what}: ${basename(who.program)} ${all.join(' ')}`, { cause });
    throw Object.assign(error, { killed });
  }
}
