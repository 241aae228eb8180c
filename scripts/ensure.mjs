// Brings a checkout up to date: dependencies, addon, library and what uses it, whichever is stale.
// Every command starts here, so a fresh clone needs nothing but Node and Rust.

import { join } from 'node:path';

import { addonIsStale, buildAddon } from './addon.mjs';
import { withBuildLock } from './build-lock.mjs';
import { Failure, root } from './commands.mjs';
import { install, installIsStale } from './installed.mjs';
import { installJest, jestIsStale } from './jest.mjs';
import { installRuntimes, runtimesAreStale } from './runtimes.mjs';
import { buildLibrary, libraryIsStale, programs, tests } from './typescript.mjs';

/** package.json#engines says the same. */
const OLDEST_NODE = 20;

const docsFolder = join(root, 'docs', 'site');

/** In the order in which each needs the ones before it. */
const steps = [
  { name: 'installing dependencies', isStale: () => installIsStale(root), run: () => install(root) },
  { name: 'building the addon (Rust, release)', isStale: addonIsStale, run: buildAddon },
  { name: 'compiling the library', isStale: libraryIsStale, run: buildLibrary },
  {
    name: 'compiling examples and benchmarks',
    kind: 'programs',
    isStale: () => programs.isStale(),
    run: () => programs.build(),
  },
  {
    name: 'compiling tests',
    kind: 'tests',
    isStale: () => tests.isStale(),
    run: () => tests.build(),
  },
  {
    name: 'fetching every Node.js, Bun and Deno',
    kind: 'runtimes',
    isStale: runtimesAreStale,
    run: installRuntimes,
  },
  { name: 'installing jest', kind: 'jest', isStale: jestIsStale, run: installJest },
  {
    name: 'installing what makes the documentation',
    kind: 'docs',
    isStale: () => installIsStale(docsFolder),
    run: () => install(docsFolder),
  },
];

/**
 * Does what is needed and says so on stderr, one line per step; throws a Failure when a step fails.
 * What is not asked for, the examples and benchmarks, the tests or the other runtimes, is left as it is.
 */
export async function ensure(asked = {}) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new Failure(`gosched needs Node ${OLDEST_NODE} or later; this is ${process.version}`);
  }
  const wanted = steps.filter(({ kind }) => kind === undefined || asked[kind]);
  if (!wanted.some((step) => step.isStale())) return;
  await withBuildLock(() => {
    // Asked again, each in its turn: another process may have built it while we waited.
    for (const step of wanted) if (step.isStale()) runStep(step);
  });
}

function runStep({ name, run }) {
  const start = performance.now();
  process.stderr.write(`${name}... `);
  try {
    run();
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
}
