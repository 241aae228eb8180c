// npm run stress [-- seconds]: random programs on the native scheduler, in release mode, for ten
// minutes unless told otherwise. The test is crates/runtime/tests/random_programs.rs; its head says
// what is compared with what.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';

import { cargoEnv, Failure, lockedFlag, root, runMain, runVisibly } from './commands.mjs';

const SECONDS = 600;
const BAR = 24;
/** Without a terminal nobody watches: a line so often is enough for a log. */
const QUIET_LINES_MS = 10_000;

const cargo = [
  'test',
  '--release',
  ...lockedFlag(),
  '-p',
  'gosched-runtime',
  '--test',
  'random_programs',
];

await runMain(async () => {
  const [argument = String(SECONDS), ...rest] = process.argv.slice(2);
  if (!/^[1-9]\d*$/.test(argument) || rest.length > 0) {
    throw new Failure('npm run stress [-- seconds]');
  }
  const env = cargoEnv();
  // It is linked for one run; whole-program optimization takes half a minute and changes nothing.
  env.CARGO_PROFILE_RELEASE_LTO ??= 'off';
  env.CARGO_PROFILE_RELEASE_CODEGEN_UNITS ??= '16';
  const status = await runVisibly('cargo', [...cargo, '--no-run'], { env });
  if (status !== 0) return status;
  return stress(Number(argument), env);
});

function stress(seconds, env) {
  const settings = {
    GOSCHED_STRESS_SECONDS: String(seconds),
    GOSCHED_STRESS_PROGRESS: '1',
    // glibc: one heap for all threads, or those of short-lived threads fray, and memory that grows
    // would not mean that something leaks.
    MALLOC_ARENA_MAX: '1',
  };
  const child = spawn('cargo', [...cargo, '--quiet', '--', '--nocapture', 'random_programs_do'], {
    cwd: root,
    env: { ...env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const show = process.stdout.isTTY ? redraw : printNowAndThen();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const progress = /^progress (\{.*\})$/.exec(line);
    if (progress) show(text(JSON.parse(progress[1]), seconds));
    else if (line.trim() !== '') console.log(process.stdout.isTTY ? `\r\x1b[K${line}` : line);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new Failure(`cargo: ${error.message}`)));
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

/** After every program the test itself checks that no goroutine is left; memory is for us to see. */
function text({ seconds, seed, programs, runs, endings, met, kilobytes, first }, total) {
  const full = Math.min(BAR, Math.round((BAR * seconds) / total));
  const parts = [
    `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.round(seconds)}/${total} s`,
    `seed ${seed}`,
    `${programs} programs, ${Math.round(runs / seconds)} runs/s`,
    `${met}/${endings} endings met`,
  ];
  if (first > 0) {
    const growth = kilobytes - first;
    parts.push(`${(kilobytes / 1024).toFixed(1)} MB (${growth < 0 ? '' : '+'}${growth} kB)`);
  }
  return parts.join('  ');
}

function redraw(line) {
  process.stdout.write(`\r\x1b[K${line.slice(0, process.stdout.columns - 1)}`);
}

function printNowAndThen() {
  let next = 0;
  return (line) => {
    if (performance.now() < next) return;
    next = performance.now() + QUIET_LINES_MS;
    console.log(line);
  };
}
