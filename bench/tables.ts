/** Rows as tables: for the terminal, and as Markdown for the report. */

import Table from 'cli-table3';
import pc from 'picocolors';

import { bestPeerOf, ratioOf, ratioTo, targetRatioOf, verdictOf, type Row } from './row.js';

/** "0.0123", "1.23", "123": three digits say as much as these measurements know. */
function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 6 });
}

function measured(value: number, spread: number): string {
  return `${number(value)} (${(spread * 100).toFixed(0)}%)`;
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '-' : `${number(ratio)}x`;
}

function peersOf(rows: readonly Row[]): readonly string[] {
  const names = rows.flatMap(({ peers, failures }) => Object.keys({ ...peers, ...failures }));
  return [...new Set(names)];
}

/** Those that have a ratio of their own: what this project is modelled on, and what it replaces. */
const SINGLED_OUT = ['Go', 'plain JavaScript'];

function singledOutOf(peers: readonly string[]): readonly string[] {
  return SINGLED_OUT.filter((name) => peers.includes(name));
}

function headOf(peers: readonly string[]): readonly string[] {
  const ratios = singledOutOf(peers).map((name) => `to ${name}`);
  return ['row', 'unit', 'gosched', ...peers, 'ratio', ...ratios, 'target', 'result'];
}

function cellsOf(row: Row, peers: readonly string[]): readonly string[] {
  const others = peers.map((name) => {
    const value = row.peers[name];
    if (value !== undefined) return measured(value, row.peerSpreads[name]!);
    return row.failures?.[name] === undefined ? '-' : howItFails(row.failures[name]);
  });
  const ours = measured(row.ours, row.spread);
  const ratios = singledOutOf(peers).map((name) => times(ratioTo(row, name)));
  return [
    row.name,
    row.unit,
    ours,
    ...others,
    times(ratioOf(row)),
    ...ratios,
    targetOf(row),
    verdictOf(row),
  ];
}

function howItFails(failure: string): string {
  return /\bhangs\b/.test(failure) ? 'hangs' : 'fails';
}

function targetOf({ target, targetThan, leastOfGo, atMost, unit }: Row): string {
  const parts = [
    ...(target === undefined ? [] : [`${target}x${targetThan ? ` ${targetThan.name}` : ''}`]),
    ...(leastOfGo === undefined ? [] : [`${number(leastOfGo)}x Go`]),
    // "ns" of "ns/op"
    ...(atMost === undefined ? [] : [`at most ${number(atMost)} ${unit.replace(/\/.*/, '')}`]),
  ];
  return parts.join(', ') || '-';
}

export function terminalTable(rows: readonly Row[]): string {
  const peers = peersOf(rows);
  const head = [...headOf(peers)];
  const table = new Table({
    head,
    colAligns: head.map((_, i) => (i < 2 || i === head.length - 1 ? 'left' : 'right')),
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    const verdict = verdictOf(row);
    const colour = verdict === 'loss' || verdict === 'missed' ? pc.red : pc.green;
    const result = verdict === 'no peer' ? '-' : colour(verdict);
    table.push([...cellsOf(row, peers).slice(0, -1), result]);
  }
  return table.toString();
}

export function markdownTable(rows: readonly Row[]): string {
  const peers = peersOf(rows);
  const head = headOf(peers);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, i) => (i < 2 || i === head.length - 1 ? '---' : '---:'));
  return [head, rule, ...rows.map((row) => cellsOf(row, peers))].map(line).join('\n');
}

/** `"channel: numbers, capacity 64: 2.1x MessagePort; target 8x"` */
export function shortfall(row: Row): string {
  const { targetThan } = row;
  const bestPeer = bestPeerOf(row);
  const best = bestPeer === undefined ? `${number(row.ours)} ${row.unit}` : `${times(ratioOf(row))} ${bestPeer}`;
  const isThat = targetThan === undefined || targetThan.peers.includes(bestPeer ?? '');
  const about = isThat ? '' : `, ${times(targetRatioOf(row))} ${targetThan.name}`;
  const target = targetOf(row);
  const aim = target === '-' ? '' : `${about}; target ${target}`;
  return `${row.suite}: ${row.name}: ${best}${aim}`;
}
