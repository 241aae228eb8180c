/** A result, as `--json` writes it and the tables show it. */

import type { Failure, Sample } from './rounds.js';

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
  /** The others that could not be measured, by name, and what they did. */
  readonly failures?: Readonly<Record<string, string>>;
  /** How many times better we mean to be, where that was promised. */
  readonly target?: number;
  /** Than whom. Absent: than the best peer. */
  readonly targetPeer?: string;
}

/** The parts of a row that are known before it is measured. */
export type Heading = Pick<Row, 'suite' | 'name' | 'unit' | 'better' | 'target' | 'targetPeer'>;

export function rowOf(
  heading: Heading,
  ours: Sample,
  peers: readonly (readonly [name: string, sample: Sample | Failure])[] = [],
): Row {
  const samples = peers.flatMap(([name, it]) => ('failure' in it ? [] : [[name, it] as const]));
  const failures = peers.flatMap(([name, it]) => ('failure' in it ? [[name, it.failure] as const] : []));
  return {
    ...heading,
    ours: ours.median,
    peers: Object.fromEntries(samples.map(([name, { median }]) => [name, median])),
    n: ours.n,
    spread: ours.spread,
    peerSpreads: Object.fromEntries(samples.map(([name, { spread }]) => [name, spread])),
    ...(failures.length > 0 ? { failures: Object.fromEntries(failures) } : {}),
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
  return (targetRatioOf(row) ?? 0) < row.target ? 'missed' : 'met';
}

/** The ratio that the target is about; undefined when its peer could not be measured. */
export function targetRatioOf(row: Row): number | undefined {
  return row.targetPeer === undefined ? ratioOf(row) : ratioTo(row, row.targetPeer);
}

/** The peer with the best value. */
export function bestPeerOf({ better, peers }: Row): string | undefined {
  const ranked = Object.entries(peers).sort(([, a], [, b]) => (better === 'lower' ? a - b : b - a));
  return ranked[0]?.[0];
}
