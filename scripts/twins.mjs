// Builds the programs that the benchmarks run besides Node's: Rust's, and Go's if Go is installed.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { cargoEnv, lockedFlag, root, runQuietly } from './commands.mjs';

/** Away from the project's own build: another workspace, with other features of the same crates. */
const folder = join(root, 'target', 'bench-native');
const suffix = process.platform === 'win32' ? '.exe' : '';
const goProgram = join(folder, `go-bench${suffix}`);

/** cargo and go know themselves what is stale. */
export function buildTwins() {
  timed('building the programs in Rust and Go (release)', () => {
    runQuietly(
      'cargo',
      ['build', '--release', '--manifest-path', 'bench/native/Cargo.toml', ...lockedFlag()],
      { ...cargoEnv(), CARGO_TARGET_DIR: folder },
    );
    buildGo();
  });
}

/** For suites that need no more. */
export function buildGoTwin() {
  timed('building the program in Go', buildGo);
}

function timed(what, build) {
  process.stderr.write(`${what}... `);
  const start = performance.now();
  build();
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}

function buildGo() {
  if (spawnSync('go', ['version']).status !== 0) {
    rmSync(goProgram, { force: true }); // or an old one would be measured
    return;
  }
  runQuietly('go', ['build', '-C', 'bench/go', '-o', goProgram, '.']);
}
