// Runs the tools the other scripts need, and finds the ones that are not where PATH says.

import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. Every path in these scripts is relative to it, wherever npm was called from. */
export const root = fileURLToPath(new URL('..', import.meta.url));

const windows = process.platform === 'win32';

/** A failure to show as it is: no stack, for the reader caused it outside these scripts. */
export class Failure extends Error {}

/**
 * Runs `main` and turns a Failure into a message and exit status 1. What the script's head says of its use
 * is shown for `--help`, and beside what is wrong with the arguments.
 */
export async function runMain(main) {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage());
    return;
  }
  try {
    process.exitCode = await main();
  } catch (error) {
    const isTheirs = error.code?.startsWith('ERR_PARSE_ARGS') ?? false;
    if (!isTheirs && !(error instanceof Failure)) throw error;
    process.stderr.write(isTheirs ? `${error.message}\n\n${usage()}` : `${error.message}\n`);
    process.exitCode = 1;
  }
}

/** The comment that the script begins with. */
function usage() {
  const lines = readFileSync(process.argv[1], 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines.slice(0, end).map((line) => `${line.replace(/^\/\/ ?/, '')}\n`).join('');
}

/** Runs a command to its end. A failure carries the whole output; a success prints nothing. */
export function runQuietly(command, args, env = process.env) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: Infinity,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (result.error) throw new Failure(`${command}: ${result.error.message}`);
  if (result.status !== 0) {
    const end = result.signal ?? `status ${result.status}`;
    throw new Failure(
      `${result.stdout}${result.stderr}\nfailed (${end}): ${[command, ...args].join(' ')}`,
    );
  }
  return result.stdout;
}

/**
 * Runs a command with the terminal as its own and resolves with its exit status. With `onOutput`,
 * its standard output passes through here on its way to ours.
 */
export function runVisibly(command, args, { env = process.env, onOutput, onErrors, onSpawn } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = ['inherit', onOutput ? 'pipe' : 'inherit', onErrors ? 'pipe' : 'inherit'];
    const child = spawn(command, args, { cwd: root, env, stdio });
    child.stdout?.on('data', (chunk) => {
      process.stdout.write(chunk);
      onOutput(chunk.toString('utf8'));
    });
    child.stderr?.on('data', (chunk) => {
      process.stderr.write(chunk);
      onErrors(chunk.toString('utf8'));
    });
    child.on('error', (error) => reject(new Failure(`${command}: ${error.message}`)));
    // 'close', not 'exit': the output must have arrived before it is counted.
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
    onSpawn?.(child);
  });
}

/** npm, through the Node that runs us when npm started us: npm.cmd cannot be spawned directly. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script)) return [process.execPath, script];
  return windows ? ['cmd.exe', '/c', 'npm'] : ['npm'];
}

/** The path of a tool's entry script inside node_modules, to run with Node on any platform. */
export function toolPath(...segments) {
  return join(root, 'node_modules', ...segments);
}

/**
 * The environment in which `cargo` can be run. rustup changes only the profile of login shells,
 * so a terminal opened before it ran has no cargo on its PATH.
 */
export function cargoEnv() {
  const name = windows ? 'cargo.exe' : 'cargo';
  const path = process.env.PATH ?? '';
  if (path.split(delimiter).some((folder) => folder && existsSync(join(folder, name)))) {
    return { ...process.env };
  }
  const folder = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'bin');
  if (existsSync(join(folder, name))) {
    return { ...process.env, PATH: `${folder}${delimiter}${path}` };
  }
  throw new Failure(
    [
      'Rust is needed to build the native addon, and no cargo was found.',
      'Install it from https://rustup.rs, then run this again:',
      windows
        ? '  winget install Rustlang.Rustup'
        : "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y",
    ].join('\n'),
  );
}

/** Where cargo puts what it builds. */
export function cargoTargetDir() {
  return process.env.CARGO_TARGET_DIR || join(root, 'target');
}

/** On CI the committed Cargo.lock is the truth; elsewhere cargo may bring it up to date. */
export function lockedFlag() {
  return process.env.CI ? ['--locked'] : [];
}
