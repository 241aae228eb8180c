import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Packed, pack } from './packed.js';

/** What attw prints. */
interface Report {
  readonly analysis: { readonly entrypoints: object };
  readonly problems?: Record<string, readonly { readonly resolutionKind?: string }[]>;
}

/** As in `consumers.test.ts`. */
const SLOW = 120_000;

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
}, SLOW);
afterAll(() => rm(packed.folder, { recursive: true, force: true }));

test('publint finds nothing to say about the tarball', async () => {
  const { buffer } = new Uint8Array(await readFile(packed.gosched));
  const { messages, pkg } = await publint({ pack: { tarball: buffer as ArrayBuffer } });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('attw resolves types and code alike, from every kind of importer', async () => {
  const cli = resolve('node_modules/@arethetypeswrong/cli/dist/index.js');
  const args = [cli, packed.gosched, '--format', 'json'];
  // Into a file: it ends before all of its output has gone through a pipe.
  const report = join(packed.folder, 'attw.json');
  const file = await open(report, 'w');
  await once(spawn(process.execPath, args, { stdio: ['ignore', file.fd, 'inherit'] }), 'close');
  await file.close();
  const { analysis, problems = {} } = JSON.parse(await readFile(report, 'utf8')) as Report;
  const { exports } = JSON.parse(await readFile('package.json', 'utf8')) as { exports: object };
  expect(Object.keys(analysis.entrypoints).sort()).toEqual(Object.keys(exports).sort());
  // Node 10's resolution reads no `exports`; the package needs Node 20, and TypeScript 7 has dropped it.
  const found = Object.values(problems).flat();
  expect(found.filter((problem) => problem.resolutionKind !== 'node10')).toEqual([]);
}, SLOW);
