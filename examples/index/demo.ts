import { accessSync, constants, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import pc from 'picocolors';

import { showProgress } from './progress.js';
import { comparison, describeTotals, number, topHits } from './report.js';
import { runWay } from './run-way.js';
import { totalSkips } from './skips.js';
import { warmUp } from './warm-up.js';
import type { Options } from './arguments.js';
import type { WayName } from './child-messages.js';
import type { Finished } from './report.js';
import type { Outcome } from './run-way.js';
import type { Totals } from './index-merger.js';

export type Verdict = 'ok' | 'failed' | 'cancelled';

/** Warms up, runs the ways in turn, compares them and prints the report. */
export async function runDemo(options: Options, signal: AbortSignal): Promise<Verdict> {
  const folder = resolve(options.folder);
  const problem = problemWith(folder);
  if (problem !== undefined) return fail(problem);
  print(`A search index of ${pc.bold(folder)}`);
  const all = await warmUp(folder, signal);
  if (signal.aborted) return cancelled('while reading the folder', all);
  if (all.files === 0) return nothingToIndex(folder, all);
  printSetting(options, all);

  const finished = options.ways.map((way): Finished => ({ way, results: [] }));
  for (let round = 0; round < options.rounds; round++) {
    for (const { way, results } of finished) {
      const outcome = await runShown(way, { ...options, folder }, all, signal);
      if (outcome.kind === 'cancelled') return cancelled(`while ${way} ran`, outcome.totals, all);
      if (outcome.kind === 'failed') return fail(`${way}: ${outcome.message}`);
      results.push(outcome.result);
    }
  }
  return report(finished, { ...options, folder }, all);
}

function problemWith(folder: string): string | undefined {
  try {
    if (!statSync(folder).isDirectory()) return `not a folder: ${folder}`;
    accessSync(folder, constants.R_OK);
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? `no such folder: ${folder}` : `the folder cannot be read: ${folder}`;
  }
}

async function runShown(
  way: WayName,
  options: Options,
  all: Totals,
  signal: AbortSignal,
): Promise<Outcome> {
  const { folder, workers, query } = options;
  const progress = showProgress(way, all);
  const outcome = await runWay({ way, folder, workers, query }, signal, progress.update);
  progress.stop();
  if (outcome.kind === 'done') print(`${way.padEnd(14)} ${outcome.result.seconds.toFixed(2)} s`);
  return outcome;
}

function printSetting({ workers }: Options, all: Totals): void {
  const threads = `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  print(`${describeTotals(all)}; ${threads}, ${availableParallelism()} cores, ${process.version}`);
  print(pc.dim('All files were just read once, so every way finds them in the page cache.'));
}

function report(finished: readonly Finished[], options: Options, all: Totals): Verdict {
  const runs = finished.flatMap(({ way, results }) => results.map((result) => ({ way, result })));
  const first = runs[0]?.result;
  if (first === undefined) return 'ok';
  print(comparison(finished));
  if (options.rounds > 1) print(pc.dim(`The median of ${options.rounds} runs of each way, in turn.`));
  if (runs.some(({ result }) => result.digest !== first.digest)) {
    for (const { way, result } of runs) print(`${way.padEnd(14)} sha256 ${result.digest}`);
    return fail('the indexes differ');
  }
  const { terms, postings, digest, totals } = first;
  const what = finished.length > 1 ? `The ${finished.length} indexes are identical` : 'The index';
  print(`${what}: ${number(terms)} terms, ${number(postings)} postings, sha256 ${digest}`);
  // The folder changed while the demo ran: legitimate, but worth knowing.
  if (describeTotals(totals) !== describeTotals(all)) print(`Indexed ${describeTotals(totals)}`);
  print('');
  print(topHits(first.hits, options.query, options.folder));
  return 'ok';
}

function nothingToIndex(folder: string, all: Totals): Verdict {
  const skipped = totalSkips(all.skipped) > 0 ? `: ${describeTotals(all)}` : '';
  print(`There is nothing to index in ${folder}${skipped}`);
  return 'ok';
}

function cancelled(when: string, partial: Totals, all?: Totals): Verdict {
  const of = all === undefined ? '' : ` of ${number(all.files)}`;
  const { files, bytes } = partial;
  print(`Cancelled ${when}, after ${number(files)}${of} files and ${(bytes / 1e6).toFixed(1)} MB.`);
  return 'cancelled';
}

function fail(message: string): Verdict {
  process.stderr.write(`${pc.red('error:')} ${message}\n`);
  return 'failed';
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
