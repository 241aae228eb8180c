import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Packed, npm, pack } from './packed.js';

const run = promisify(execFile);
const tsc = resolve('node_modules/typescript/bin/tsc');

/** Npm and compilers, on a machine that does other things too: some 15 s in all when it does not. */
const SLOW = 120_000;

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
  await writeFile(join(packed.folder, 'package.json'), '{ "private": true }');
  const tarballs = [packed.gosched, ...packed.others];
  await npm(packed.folder, 'install', '--no-audit', '--no-fund', ...tarballs);
}, SLOW);
afterAll(() => rm(packed.folder, { recursive: true, force: true }));

/** A project below the folder in which the package is installed. */
interface Project {
  readonly name: string;
  readonly type: 'module' | 'commonjs';
  readonly options: object;
  /** Whether Node.js can run what the compiler makes of it. */
  readonly runs: boolean;
}

const strictest = {
  target: 'es2022',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
};
const node = { ...strictest, module: 'nodenext' };

const projects: readonly Project[] = [
  { name: 'esm', type: 'module', options: node, runs: true },
  { name: 'commonjs', type: 'commonjs', options: node, runs: true },
  {
    name: 'bundler',
    type: 'module',
    options: { ...strictest, module: 'esnext', moduleResolution: 'bundler', isolatedModules: true },
    runs: false,
  },
  // Configured so that the declarations have only the language's own library besides.
  { name: 'no-types', type: 'module', options: { ...node, lib: ['es2022'], types: [] }, runs: false },
];

async function make({ name, type, options }: Project): Promise<string> {
  const folder = join(packed.folder, name);
  await mkdir(folder);
  await cp('test/package/fixtures/consumer.ts', join(folder, 'consumer.ts'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type }));
  const config = { compilerOptions: { types: ['node'], ...options }, files: ['consumer.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return folder;
}

test.each(projects)('a project compiles strictly, declarations too: $name', async (project) => {
  const folder = await make(project);
  const compiled = await run(process.execPath, [tsc, '-p', folder]).catch(
    (error: { stdout: string }) => error,
  );
  expect(compiled.stdout).toBe('');
  if (!project.runs) return;

  const [addon] = (await readdir('.')).filter((name) => /^gosched\..*\.node$/.test(name));
  const env = { ...process.env, GOSCHED_ADDON: resolve(addon as string) };
  const ran = await run(process.execPath, [join(folder, 'consumer.js')], { env });
  expect(ran).toEqual({ stdout: '[30,6,"ERR_CLOSE_OF_CLOSED",true,0]\n', stderr: '' });
}, SLOW);

test('the package has what its exports name, and nothing of the checkout beside', async () => {
  const folder = join(packed.folder, 'node_modules', 'gosched');
  const names = await readdir(folder);
  expect(names.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
  expect(await readdir(join(folder, 'dist'))).not.toContain('.stamp');
});
