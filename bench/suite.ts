/** What every suite does around its measurements: reads the options, prints and writes the rows. */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { alternate, type Contender } from './rounds.js';
import { type Heading, type Row, rowOf } from './row.js';
import { terminalTable } from './tables.js';

/** How much to run. */
export interface Size {
  /** Rounds that count. */
  readonly rounds: number;
  /** Of the operations that a full round has. */
  readonly share: number;
}

/** Odd, so that the median is a round that happened. */
const FULL: Size = { rounds: 9, share: 1 };
const QUICK: Size = { rounds: 3, share: 0.2 };

/** A row of ours, and the contender that is measured for it. */
export interface Ours {
  readonly heading: Omit<Heading, 'suite'>;
  readonly contender: Contender;
}

export class Suite {
  readonly #rows: Row[] = [];

  constructor(
    readonly name: string,
    readonly size: Size,
  ) {}

  /** A full round's number of operations, scaled to the size of this run. */
  count(full: number): number {
    return Math.round(full * this.size.share);
  }

  add(row: Row): void {
    this.#rows.push(row);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Measures rows that have the same peers, all of them in turn. */
  async compare(ours: readonly Ours[], peers: readonly Contender[]): Promise<void> {
    for (const { heading } of ours) process.stderr.write(`${heading.name}...\n`);
    const all = [...ours.map(({ contender }) => contender), ...peers];
    const samples = await alternate(all, this.size.rounds);
    const others = peers.map(({ name }, i) => [name, samples[ours.length + i]!] as const);
    ours.forEach(({ heading }, i) => {
      this.add(rowOf({ suite: this.name, ...heading }, samples[i]!, others));
    });
  }
}

/** Runs a suite as a program: `[--quick] [--json file]`. */
export async function runSuite(
  name: string,
  measure: (suite: Suite) => Promise<void>,
): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  });
  const suite = new Suite(name, values.quick ? QUICK : FULL);
  await measure(suite);
  console.log(terminalTable(suite.rows));
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify(suite.rows, undefined, 2)}\n`);
  }
}
