// Builds the native addon and puts it at the package root, where ts/internal/addon.ts looks first.
//
// Plain `cargo build` and a rename rather than `napi build`: that one copies over the old file in
// place, and a process that has the old addon mapped then dies of SIGBUS or runs a mixture of the
// two. It also brings a hundred packages, some of which refuse Node 20, for files we do not use.

import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';

import { cargoEnv, cargoTargetDir, Failure, lockedFlag, root, runQuietly } from './commands.mjs';
import { filesBelow, fingerprint, readStamp, writeStamp } from './fingerprint.mjs';

/** The platform as napi-rs names it; `platformTriple` in ts/internal/addon.ts gives the same. */
const triple = (() => {
  const { platform, arch } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const { header } = process.report.getReport();
  return `linux-${arch}-${header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`;
})();

const product = join(root, `gosched.${triple}.node`);
const stamp = `${product}.stamp`;

/** What the addon is made from. Tests and benches are not in it, and change more often. */
function addonFingerprint() {
  const paths = [
    'crates',
    'Cargo.toml',
    'Cargo.lock',
    'rust-toolchain',
    'rust-toolchain.toml',
    '.cargo/config.toml',
  ];
  const files = filesBelow(paths, (name) => !/^crates\/[^/]+\/(tests|benches)\//.test(name));
  return fingerprint(files, process.env.RUSTFLAGS ?? '');
}

export function addonIsStale() {
  return !existsSync(product) || readStamp(stamp) !== addonFingerprint();
}

export function buildAddon() {
  const env = cargoEnv();
  // musl links statically by default, and a static library cannot be loaded into a process.
  if (triple.endsWith('-musl')) {
    env.RUSTFLAGS = `${env.RUSTFLAGS ?? ''} -C target-feature=-crt-static`.trim();
  }
  // Taken before the build: a file saved while it runs makes the next run build again.
  const sources = addonFingerprint();
  runQuietly('cargo', ['build', '--release', '-p', 'gosched-binding', ...lockedFlag()], env);

  const names = ['libgosched_binding.so', 'libgosched_binding.dylib', 'gosched_binding.dll'];
  const folder = join(cargoTargetDir(), 'release');
  const built = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (!built) throw new Failure(`cargo built no addon in ${folder}`);

  const temporary = join(root, `gosched.${triple}.${process.pid}.tmp.node`);
  copyFileSync(built, temporary);
  renameSync(temporary, product);
  writeStamp(stamp, sources);
}
