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
  /** Than the best of whom. Absent: than the best peer. */
  readonly targetThan?: Than;
  /** The least that the ratio to Go may be, where that was promised. */
  readonly leastOfGo?: number;
  /** What ours may be at most, in the row's unit, where that was promised. */
  readonly atMost?: number;
}

/** Some of the peers. */
export interface Than {
  /** What they are together: "plain JavaScript", "the libraries". */
  readonly name: string;
  readonly peers: readonly string[];
}

/** The parts of a row that are known before it is measured. */
export type Heading = Pick<Row, 'suite' | 'name' | 'unit' | 'better' | keyof Promised>;

/** The parts of a row that say what was promised. */
export type Promised = Pick<Row, 'target' | 'targetThan' | 'leastOfGo' | 'atMost'>;

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
export function ratioOf(row: Row): number | undefined {
  return ratioToBestOf(row, Object.keys(row.peers));
}

function ratioToBestOf(row: Row, names: readonly string[]): number | undefined {
  const ratios = names.flatMap((name) => ratioTo(row, name) ?? []);
  return ratios.length === 0 ? undefined : Math.min(...ratios);
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
  const { target, leastOfGo, atMost } = row;
  if (ratio === undefined && atMost === undefined) return 'no peer';
  if (ratio !== undefined && ratio < 1) return 'loss';
  if ([target, leastOfGo, atMost].every((promise) => promise === undefined)) return 'ahead';
  return isMissed(row) ? 'missed' : 'met';
}

/** Whether a promise is not kept. One that cannot be judged, for want of the peer, is not. */
export function isMissed(row: Row): boolean {
  const { target, leastOfGo, atMost, ours } = row;
  const toGo = ratioTo(row, 'Go');
  const tooSlow = target !== undefined && (targetRatioOf(row) ?? 0) < target;
  const tooFarFromGo = leastOfGo !== undefined && toGo !== undefined && toGo < leastOfGo;
  return tooSlow || tooFarFromGo || (atMost !== undefined && ours > atMost);
}

/** The ratio that the target is about. */
export function targetRatioOf(row: Row): number | undefined {
  return row.targetThan === undefined ? ratioOf(row) : ratioToBestOf(row, row.targetThan.peers);
}

/** The peer with the best value. */
export function bestPeerOf({ better, peers }: Row): string | undefined {
  const ranked = Object.entries(peers).sort(([, a], [, b]) => (better === 'lower' ? a - b : b - a));
  return ranked[0]?.[0];
}
