/**
 * Rounds in processes of their own: what one leaves behind, compiled code, threads, memory, is no
 * help and no burden to the next. The other end is `child-program.ts`.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Contender } from './rounds.js';

/** What a program is told on its command line, as JSON. */
export type Job = Readonly<Record<string, unknown>>;

export interface ChildOptions {
  /** The Node.js that runs it. @default the one that runs us */
  readonly node?: string | undefined;
  readonly flags?: readonly string[];
}

/** A round takes a few seconds at most, on a busy machine a multiple; what takes this long hangs. */
const TIMEOUT_MS = 30_000;

export class Child implements Contender {
  constructor(
    readonly name: string,
    readonly program: URL,
    readonly job: Job,
    readonly options: ChildOptions = {},
  ) {}

  async run(): Promise<number> {
    const { node = process.execPath, flags = [] } = this.options;
    const program = fileURLToPath(this.program);
    const args = ['--expose-gc', '--no-warnings', ...flags, program, JSON.stringify(this.job)];
    const limits = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const;
    try {
      const { stdout } = await promisify(execFile)(node, args, limits);
      return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { readonly value: number }).value;
    } catch (error) {
      throw new Error(`${this.name}: ${whyOf(error)}`, { cause: error });
    }
  }
}

/** What the process ended with, and the line in which it said why. */
function whyOf(error: unknown): string {
  const { killed, signal, code, stderr, message } = error as Partial<
    Record<'stderr' | 'message' | 'signal', string> & { killed: boolean; code: number }
  >;
  if (killed === true) return `hangs: no result in ${TIMEOUT_MS / 1e3} s`;
  const lines = (stderr ?? '').split('\n');
  const said = lines.find((line) => /^(?:\w*Error\b|FATAL ERROR|thread .* panicked)/.test(line));
  return `ends with ${signal ?? `status ${code}`}: ${said?.trim() ?? message}`;
}
