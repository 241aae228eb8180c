/**
 * Finds and loads the native addon, once per isolate.
 *
 * The loader is ours, rather than the one napi-rs generates, for its errors: "there is no addon
 * for this platform" and "there is one and the system refused it" need different fixes, and the
 * reader should not have to guess which of the two happened.
 */

import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Binary } from './native.js';

/**
 * The prebuilt packages. The names are written out so that bundlers and file tracers, which read
 * `require` calls without running them, can see what to copy.
 */
const prebuilt: Readonly<Record<string, () => unknown>> = {
  'darwin-arm64': () => require('@gosched/addon-darwin-arm64'),
  'darwin-x64': () => require('@gosched/addon-darwin-x64'),
  'linux-arm64-gnu': () => require('@gosched/addon-linux-arm64-gnu'),
  'linux-arm64-musl': () => require('@gosched/addon-linux-arm64-musl'),
  'linux-x64-gnu': () => require('@gosched/addon-linux-x64-gnu'),
  'linux-x64-musl': () => require('@gosched/addon-linux-x64-musl'),
  'win32-x64-msvc': () => require('@gosched/addon-win32-x64-msvc'),
};

/** The package root, seen from dist/internal. */
const packageRoot = resolve(__dirname, '..', '..');

/** One place that was tried, and why it did not do. */
interface Attempt {
  readonly what: string;
  /** False when nothing was there; true when something was there and would not load. */
  readonly found: boolean;
  readonly error: Error;
}

let loaded: Binary | undefined;

/**
 * Returns the native addon, loading it on the first call.
 *
 * `GOSCHED_ADDON`, when set, is the path of the addon to load and nothing else is tried: a
 * fallback would hide a typing error in it.
 *
 * @throws Error with code `ERR_GOSCHED_ADDON`, the list `tried` and the reasons as `cause` chain.
 */
export function loadAddon(): Binary {
  return (loaded ??= findAddon());
}

function findAddon(): Binary {
  const attempts: Attempt[] = [];
  const attempt = (what: string, load: () => unknown): Binary | undefined => {
    try {
      return load() as Binary;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      attempts.push({ what, found: !isMissing(error), error });
      return undefined;
    }
  };

  const override = process.env['GOSCHED_ADDON'];
  if (override) {
    const path = resolve(override);
    const addon = attempt(path, () => require(path));
    if (addon) return addon;
    throw addonError('GOSCHED_ADDON is set, and the addon it names did not load', attempts, [
      'Correct the path, or unset GOSCHED_ADDON to load the addon of this package.',
    ]);
  }

  const triple = platformTriple();
  const local = join(packageRoot, `gosched.${triple}.node`);
  const addon =
    attempt(local, () => require(local)) ??
    attempt(`@gosched/addon-${triple}`, () => {
      const load = prebuilt[triple];
      if (load) return load();
      throw Object.assign(new Error('no prebuilt addon is published for this platform'), {
        code: 'MODULE_NOT_FOUND',
      });
    });
  if (addon) return addon;

  const refused = attempts.some(({ found }) => found);
  throw addonError(
    refused
      ? `the native addon for ${triple} was found, but the system could not load it`
      : `there is no native addon for ${triple}`,
    attempts,
    fixFor(triple, refused),
  );
}

/**
 * The platform as napi-rs names it: `linux-x64-gnu`, `darwin-arm64`, `win32-x64-msvc`.
 * `scripts/addon.mjs` names the file it builds the same way.
 */
function platformTriple(): string {
  const { platform, arch } = process;
  if (platform === 'linux') return `linux-${arch}-${usesMusl() ? 'musl' : 'gnu'}`;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  return `${platform}-${arch}`;
}

/**
 * Whether this Node was linked against musl.
 *
 * The program header names the dynamic linker within the first page of the executable, and reading
 * a page costs far less than `process.report` (about 6 ms), which every worker would pay again:
 * a module's state is per isolate. The report is the answer when the header has none, as after
 * patchelf. The system's `ldd` is no evidence: an image may carry both C libraries.
 */
function usesMusl(): boolean {
  return muslByInterpreter() ?? muslByReport();
}

function muslByInterpreter(): boolean | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(process.execPath, 'r');
    const page = Buffer.alloc(4096);
    const head = page.toString('latin1', 0, readSync(fd, page, 0, page.length, 0));
    if (head.includes('/ld-musl-')) return true;
    return head.includes('/ld-linux') ? false : undefined;
  } catch {
    return undefined; // execPath may be unreadable, as inside a sandbox.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function muslByReport(): boolean {
  // Without excludeNetwork the report resolves the address of every open socket.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const before = report.excludeNetwork;
  try {
    report.excludeNetwork = true;
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
    return header?.glibcVersionRuntime === undefined;
  } finally {
    if (before !== undefined) report.excludeNetwork = before;
  }
}

/** True when the file or package is absent, as opposed to present and broken. */
function isMissing(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
}

function fixFor(triple: string, refused: boolean): readonly string[] {
  if (existsSync(join(packageRoot, 'Cargo.toml'))) {
    // The file counts as built until it is gone.
    const remove = refused ? `rm -f gosched.${triple}.node && ` : '';
    return [
      'This is a checkout: build it (needs Rust, https://rustup.rs):',
      `  ${remove}npm run build`,
    ];
  }
  if (refused) {
    return [
      'The reason above is the system loader\'s. "GLIBC_x.y not found" means that this system is',
      'older than the addon supports.',
    ];
  }
  if (!(triple in prebuilt)) {
    return [`Prebuilt addons exist for: ${Object.keys(prebuilt).join(', ')}.`];
  }
  return [
    'The installer skipped the optional package; npm does so when the lock file was written on',
    'another platform (https://github.com/npm/cli/issues/4828). Add it:',
    `  npm install --no-save @gosched/addon-${triple}@${packageVersion()}`,
  ];
}

function packageVersion(): string {
  try {
    const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  } catch {
    return 'latest'; // Bundled away from its package.json.
  }
}

function addonError(problem: string, attempts: readonly Attempt[], fix: readonly string[]): Error {
  // A refusal says more than an absence, so it comes first, in the text and in the cause chain.
  const ordered = [...attempts].sort((a, b) => Number(b.found) - Number(a.found));
  const lines = ordered.map(({ what, found, error }) =>
    found ? `  ${reason(what, error)}` : `  ${what}: not found`,
  );
  const cause = ordered.reduceRight<Error | undefined>(
    (next, { what, error }) =>
      Object.assign(new Error(reason(what, error), next && { cause: next }), {
        code: (error as NodeJS.ErrnoException).code,
      }),
    undefined,
  );
  const message = [`gosched: ${problem}`, 'Tried:', ...lines, ...fix].join('\n');
  return Object.assign(new Error(message, { cause }), {
    code: 'ERR_GOSCHED_ADDON' as const,
    tried: attempts.map(({ what }) => what),
  });
}

/** The first line, for the rest of a MODULE_NOT_FOUND message is a list of requiring files. */
function reason(what: string, error: Error): string {
  const line = error.message.split('\n', 1)[0] ?? '';
  return line.startsWith(what) ? line : `${what}: ${line}`;
}
