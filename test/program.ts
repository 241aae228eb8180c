import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a program ended. */
export interface Ending {
  /** Its exit code, or null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From start to end. */
  readonly ms: number;
}

/** Far more than any program here needs; reaching it means that it hangs. */
const HANGS_AFTER = 25_000;

/**
 * Runs a fixture as a program of its own. One that hangs is killed, and ends with `SIGKILL`.
 * @param fixture its path below `test/`
 * @param onOutput called with all that it has printed so far, each time that it prints
 * @param more its arguments, and what is added to its environment
 */
export async function runProgram(
  fixture: string,
  onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void, stderr: string) => void,
  more: { readonly args?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ending> {
  // Fixtures stay in `test/`; this file is compiled to the same depth below the root.
  const path = fileURLToPath(new URL(`../test/${fixture}`, import.meta.url));
  const start = performance.now();
  const child = spawn(process.execPath, [path, ...(more.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...more.env },
  });
  const hang = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      onOutput?.(output.stdout, (signal) => child.kill(signal), output.stderr);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(hang);
      resolve({ code, signal, ...output, ms: performance.now() - start });
    });
  });
}
