/** A result, as `--json` writes it and the tables show it. */

import type { Sample } from './rounds.js';

export interface Row {
  readonly suite: string;
  readonly name: string;
  readonly unit: string;
  /** Which way the numbers of this row get better. */
  readonly better: 'lower' | 'higher';
  /** The median of our rounds. */
  readonly ours: number;
  /** The medians of the others, by name. Empty: there is nothing to compare with. */
  readonly peers: Readonly<Record<string, number>>;
  /** Rounds that the medians are of. */
  readonly n: number;
  /** Of our rounds: (worst - best) / median. */
  readonly spread: number;
  /** Of the others' rounds. */
  readonly peerSpreads: Readonly<Record<string, number>>;
  /** How many times better than the best peer we mean to be, where that was promised. */
  readonly target?: number;
}

/** The parts of a row that are known before it is measured. */
export type Heading = Pick<Row, 'suite' | 'name' | 'unit' | 'better' | 'target'>;

export function rowOf(
  heading: Heading,
  ours: Sample,
  peers: readonly (readonly [name: string, sample: Sample])[] = [],
): Row {
  return {
    ...heading,
    ours: ours.median,
    peers: Object.fromEntries(peers.map(([name, { median }]) => [name, median])),
    n: ours.n,
    spread: ours.spread,
    peerSpreads: Object.fromEntries(peers.map(([name, { spread }]) => [name, spread])),
  };
}

/** How many times better ours is than the best of the peers; below 1 is a loss. */
export function ratioOf({ better, ours, peers }: Row): number | undefined {
  const values = Object.values(peers);
  if (values.length === 0) return undefined;
  return better === 'lower' ? Math.min(...values) / ours : ours / Math.max(...values);
}

/** How many times better ours is than this peer. */
export function ratioTo({ better, ours, peers }: Row, peer: string): number | undefined {
  const value = peers[peer];
  if (value === undefined) return undefined;
  return better === 'lower' ? value / ours : ours / value;
}

export type Verdict = 'loss' | 'missed' | 'met' | 'ahead' | 'no peer';

export function verdictOf(row: Row): Verdict {
  const ratio = ratioOf(row);
  if (ratio === undefined) return 'no peer';
  if (ratio < 1) return 'loss';
  if (row.target === undefined) return 'ahead';
  return ratio < row.target ? 'missed' : 'met';
}
