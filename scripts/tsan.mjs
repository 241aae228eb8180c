// npm run tsan [-- test...]: the runtime's tests under ThreadSanitizer, all of them or those named.
//
// It needs nightly Rust with its sources, for the standard library must be built with the sanitizer
// too: what the prebuilt one's Mutex and Condvar do is invisible to it, and so is the acquire fence
// with which Arc drops its last reference, and it reports everything that they protect.

import { join } from 'node:path';

import { cargoEnv, cargoTargetDir, Failure, runMain, runQuietly, runVisibly } from './commands.mjs';
import { filesBelow } from './fingerprint.mjs';

const folder = 'crates/runtime/tests/';
/** Loom has its own build; the other measures CPU time, of which the sanitizer takes most. */
const LEFT_OUT = /^(?:loom_.*|idle_cpu)$/;

await runMain(async () => {
  const all = filesBelow([folder], (name) => /^[^/]+\.rs$/.test(name.slice(folder.length)))
    .map((name) => name.slice(folder.length, -'.rs'.length))
    .filter((name) => !LEFT_OUT.test(name));
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`no such test: ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  }
  const tests = (named.length > 0 ? named : all).flatMap((name) => ['--test', name]);
  if (named.length === 0) tests.unshift('--lib');

  const env = cargoEnv();
  const target = nightlyTarget(env);
  env.RUSTFLAGS = `${env.RUSTFLAGS ?? ''} -Zsanitizer=thread`.trim();
  // Other flags mean other artifacts; in one folder the two would evict each other.
  env.CARGO_TARGET_DIR = join(cargoTargetDir(), 'tsan');
  // Remembers more of the past, so that a report shows both accesses.
  env.TSAN_OPTIONS ??= 'history_size=4';
  // Some thirty times slower: the usual two seconds would be a glance.
  env.GOSCHED_STRESS_SECONDS ??= '20';
  const args = ['-p', 'gosched-runtime', '--no-fail-fast', ...tests];
  const build = ['+nightly', 'test', '-Zbuild-std', '--target', target];
  return runVisibly('cargo', [...build, ...args], { env });
});

/** This machine's target. Asked of nightly, so that its absence is noticed here. */
function nightlyTarget(env) {
  try {
    const about = runQuietly('rustc', ['+nightly', '-vV'], env);
    return /^host: (.*)$/m.exec(about)[1];
  } catch {
    throw new Failure('run: rustup toolchain install nightly --component rust-src');
  }
}
