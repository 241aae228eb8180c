// npm run lint: formatting, compiler warnings, types, lint rules and the documentation. All of them deny.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  cargoEnv,
  Failure,
  lockedFlag,
  root,
  runMain,
  runVisibly,
  toolPath,
} from './commands.mjs';
import { ensure } from './ensure.mjs';
import { runSteps } from './report.mjs';

const cargo = async (...args) => ({ status: await runVisibly('cargo', args, { env: cargoEnv() }) });
const node = async (...args) => ({ status: await runVisibly(process.execPath, args) });

const steps = [
  { name: 'rustfmt', run: () => cargo('fmt', '--all', '--check') },
  {
    // Clippy leaves it alone: that would compile tokio.
    name: 'rustfmt, bench/native',
    run: () => cargo('fmt', '--manifest-path', 'bench/native/Cargo.toml', '--check'),
  },
  {
    name: 'clippy',
    run: () =>
      cargo('clippy', '--workspace', '--all-targets', ...lockedFlag(), '--', '-D', 'warnings'),
  },
  { name: 'oxlint', run: () => node(toolPath('oxlint', 'bin', 'oxlint'), '--deny-warnings') },
  { name: 'exports', run: checkExports },
  { name: 'docs', run: () => node('scripts/docs.mjs') },
];

/** Every path that package.json exports must have been built. */
function checkExports() {
  const paths = [];
  const visit = (value) => {
    if (typeof value === 'string') paths.push(value);
    else for (const inner of Object.values(value)) visit(inner);
  };
  visit(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports);
  const missing = paths.filter((path) => !existsSync(join(root, path)));
  for (const path of missing) console.log(`package.json exports ${path}, which is not there`);
  return { status: missing.length === 0 ? 0 : 1 };
}

await runMain(async () => {
  // Compiling is the type check: of the library, the programs and the tests.
  await ensure({ programs: true, tests: true, docs: true });
  // Asked first: rustup's minimal profile has neither, and cargo's own message names no remedy.
  for (const tool of ['fmt', 'clippy']) {
    const status = await runVisibly('cargo', [tool, '--version'], { env: cargoEnv() });
    if (status !== 0) throw new Failure('run: rustup component add rustfmt clippy');
  }
  return (await runSteps(steps)) ? 0 : 1;
});
