/** What every suite does around its measurements: reads the options, prints and writes the rows. */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { WARM_UP_ROUNDS, alternate, withAnotherTry, type Contender } from './rounds.js';
import { type Heading, type Row, rowOf } from './row.js';
import { terminalTable } from './tables.js';

/** How much to run. */
export interface Size {
  /** Rounds that are discarded. */
  readonly warmUpRounds: number;
  /** Rounds that count. */
  readonly rounds: number;
  /** Of the operations that a full round has. */
  readonly share: number;
}

/** The rounds that are discarded, and those that count: in full and with `--quick`. */
export interface Rounds {
  readonly warmUp: number;
  readonly full: number;
  readonly quick: number;
}

/** Odd, so that the median is a round that happened. */
const ROUNDS: Rounds = { warmUp: WARM_UP_ROUNDS, full: 9, quick: 3 };

/** How much of a full round a round with `--quick` is. */
const QUICK_SHARE = 0.2;

/** A row of ours, and the contender that is measured for it. */
export interface Ours {
  readonly heading: Omit<Heading, 'suite'>;
  readonly contender: Contender;
}

export class Suite {
  readonly #rows: Row[] = [];
  #failed = false;

  constructor(
    readonly name: string,
    readonly size: Size,
    /** Only rows whose names contain this are wanted. */
    readonly only = '',
  ) {}

  /** Whether the row of this name is to be measured. */
  wants(row: string): boolean {
    return row.includes(this.only);
  }

  /** A full round's number of operations, scaled to the size of this run. */
  count(full: number): number {
    return Math.round(full * this.size.share);
  }

  add(row: Row): void {
    if (this.wants(row.name)) this.#rows.push(row);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Measures rows that have the same peers, all of them in turn. */
  async compare(rows: readonly Ours[], peers: readonly Contender[]): Promise<void> {
    const ours = rows.filter(({ heading }) => this.wants(heading.name));
    if (ours.length === 0) return;
    this.#tell(ours.map(({ heading }) => heading.name));
    const all = [...ours.map(({ contender }) => contender), ...peers.map(withAnotherTry)];
    const samples = await alternate(all, this.size.rounds, this.size.warmUpRounds);
    const others = peers.map(({ name }, i) => [name, samples[ours.length + i]!] as const);
    ours.forEach(({ heading }, i) => {
      const sample = samples[i]!;
      // A peer that fails is named in its row. A row of ours without ours is no row.
      if ('failure' in sample) {
        this.#failed = true;
        console.error(`${this.name}: ${heading.name}: no row, for we fail`);
      } else this.add(rowOf({ suite: this.name, ...heading }, sample, others));
    });
  }

  /** What is measured now, and how long the suite has taken so far. */
  #tell(names: readonly string[]): void {
    const seconds = Math.round(performance.now() / 1e3);
    for (const name of names) process.stderr.write(`${String(seconds).padStart(4)} s  ${name}\n`);
  }

  /** Whether a row of ours is missing because we failed. */
  get failed(): boolean {
    return this.#failed;
  }
}

/** Runs a suite as a program: `[--quick] [--only text] [--json file]`. */
export async function runSuite(
  name: string,
  measure: (suite: Suite) => Promise<void>,
  rounds = ROUNDS,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const size: Size = values.quick
    ? { warmUpRounds: rounds.warmUp, rounds: rounds.quick, share: QUICK_SHARE }
    : { warmUpRounds: rounds.warmUp, rounds: rounds.full, share: 1 };
  const suite = new Suite(name, size, values.only);
  await measure(suite);
  console.log(terminalTable(suite.rows));
  if (suite.failed) process.exitCode = 1;
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify(suite.rows, undefined, 2)}\n`);
  }
}
