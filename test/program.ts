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

/**
 * Far more than any program here needs, on a machine that does much else too; reaching it means that it
 * hangs. Less than the 30 s of a test.
 */
const HANGS_AFTER = 25_000;

/** Called with all that a program has printed so far, each time that it prints. */
type OnOutput = (
  stdout: string,
  kill: (signal: NodeJS.Signals) => void,
  stderr: string,
) => void;

/** What is not the same for all programs. */
interface Settings {
  readonly args?: readonly string[];
  /** Node's own arguments. */
  readonly nodeArgs?: readonly string[];
  readonly onOutput?: OnOutput;
  /** What is added to its environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a fixture as a program of its own. One that hangs is killed, and ends with `SIGKILL`.
 * @param fixture its path below `test/`
 * @param settings what is not the same for all; or a function that is called with all that it has printed
 * so far, each time that it prints
 * @param more as `settings`, beside such a function
 */
export async function runProgram(
  fixture: string,
  settings: OnOutput | Settings = {},
  more: Settings = {},
): Promise<Ending> {
  const { args = [], nodeArgs = [], onOutput, env }: Settings =
    typeof settings === 'function' ? { ...more, onOutput: settings } : { ...more, ...settings };
  // Fixtures stay in `test/`; this file is compiled to the same depth below the root.
  const path = fileURLToPath(new URL(`../test/${fixture}`, import.meta.url));
  const start = performance.now();
  const child = spawn(process.execPath, [...nodeArgs, path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
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
      // Shown if the test fails: an assertion on the exit code alone does not say why.
      if (code !== 0 && output.stderr !== '') console.error(`${fixture}: ${code ?? signal}\n${output.stderr}`);
      resolve({ code, signal, ...output, ms: performance.now() - start });
    });
  });
}
