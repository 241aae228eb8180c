/** Work in independent pieces: what the pieces are, who does one, and what all must come to. */

import type { Argument, Result, TaskName } from '../pools/pool.js';
import { BANDS, blurBand, picture, type Band } from './convolution.js';
import { jsonLinesBlock, JSON_LINES_SUM } from './json-lines.js';
import { MANDELBROT_ROWS, mandelbrotRow } from './mandelbrot.js';
import { openings } from './queens.js';
import { SEEDS, mix, pieceOf } from './work.js';

export interface Problem<T extends TaskName = TaskName> {
  readonly task: T;
  /** The pieces come in multiples of this. */
  readonly step: number;
  /** Room in our channels: enough that nobody waits for somebody who is only just being woken. */
  readonly room: number;
  item(i: number): Argument<T>;
  /** What a piece adds to the sum that proves the work. */
  weigh(result: Result<T>): number;
  /** What `count` pieces weigh together. */
  expected(count: number): number;
}

/** As the command line of `program.ts` names them. */
export type ProblemName = 'convolution' | 'grain' | 'json lines' | 'mandelbrot' | 'queens';

export function problemOf(name: ProblemName, rounds: number): Problem {
  switch (name) {
    case 'convolution':
      return convolution() as unknown as Problem;
    case 'grain':
      return grain(rounds) as unknown as Problem;
    case 'mandelbrot':
      return mandelbrot() as unknown as Problem;
    case 'json lines':
      return jsonLines() as unknown as Problem;
    case 'queens':
      return queens() as unknown as Problem;
  }
}

function grain(rounds: number): Problem<'work'> {
  return {
    task: 'work',
    step: 1,
    room: 1024,
    item: (i) => pieceOf(i % SEEDS, rounds),
    weigh: (result) => result,
    expected: sumsOfSeeds((seed) => mix(seed, rounds)),
  };
}

/** What `count` results come to when the i-th is that of the seed `i % SEEDS`. */
export function sumsOfSeeds(resultOf: (seed: number) => number): (count: number) => number {
  const sums = [0];
  for (let seed = 0; seed < SEEDS; seed++) sums.push(sums.at(-1)! + resultOf(seed));
  return (count) => Math.floor(count / SEEDS) * sums[SEEDS]! + sums[count % SEEDS]!;
}

function mandelbrot(): Problem<'mandelbrotRow'> {
  const weigh = (row: Uint8Array): number => row.reduce((sum, steps) => sum + steps, 0);
  let whole = 0;
  for (let row = 0; row < MANDELBROT_ROWS; row++) whole += weigh(mandelbrotRow(row));
  return {
    task: 'mandelbrotRow',
    step: MANDELBROT_ROWS,
    room: 64,
    item: (i) => i % MANDELBROT_ROWS,
    weigh,
    expected: (count) => (count / MANDELBROT_ROWS) * whole,
  };
}

function convolution(): Problem<'convolve'> {
  const it = picture();
  const bands = Array.from({ length: BANDS }, (_, band): Band => ({ picture: it, band }));
  const sum = bands.reduce((all, { band }) => all + blurBand(it, band), 0);
  it.blurred.fill(0);
  return {
    task: 'convolve',
    step: BANDS,
    room: 64,
    item: (i) => bands[i % BANDS]!,
    weigh: (result) => result,
    expected: (count) => (count / BANDS) * sum,
  };
}

/** Blocks that are made beforehand, as if read from a file. */
const BLOCKS = 16;

function jsonLines(): Problem<'aggregate'> {
  const blocks = Array.from({ length: BLOCKS }, (_, i) => jsonLinesBlock(i));
  return {
    task: 'aggregate',
    step: 1,
    room: 8,
    item: (i) => blocks[i % BLOCKS]!,
    weigh: (sums) => sums.reduce((all, [, count]) => all + count, 0),
    expected: (count) => count * JSON_LINES_SUM,
  };
}

const BOARD = 11;
const BOARD_SOLUTIONS = 2680;

function queens(): Problem<'queensBelow'> {
  const pieces = openings(BOARD);
  return {
    task: 'queensBelow',
    step: pieces.length,
    room: 1024,
    item: (i) => pieces[i % pieces.length]!,
    weigh: (solutions) => solutions,
    expected: (count) => (count / pieces.length) * BOARD_SOLUTIONS,
  };
}
