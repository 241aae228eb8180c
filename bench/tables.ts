/** Rows as tables: for the terminal, and as Markdown for the report. */

import Table from 'cli-table3';
import pc from 'picocolors';

import { ratioOf, ratioTo, verdictOf, type Row } from './row.js';

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
  return [...new Set(rows.flatMap(({ peers }) => Object.keys(peers)))];
}

/** The peer that this project is modelled on: where it is one, it has a ratio of its own. */
const MODEL = 'Go';

function headOf(peers: readonly string[]): readonly string[] {
  const model = peers.includes(MODEL) ? [`to ${MODEL}`] : [];
  return ['row', 'unit', 'gosched', ...peers, 'ratio', ...model, 'target', 'result'];
}

function cellsOf(row: Row, peers: readonly string[]): readonly string[] {
  const others = peers.map((name) => {
    const value = row.peers[name];
    return value === undefined ? '-' : measured(value, row.peerSpreads[name]!);
  });
  const target = row.target === undefined ? '-' : `${row.target}x`;
  const ours = measured(row.ours, row.spread);
  const ratios = [times(ratioOf(row))];
  if (peers.includes(MODEL)) ratios.push(times(ratioTo(row, MODEL)));
  return [row.name, row.unit, ours, ...others, ...ratios, target, verdictOf(row)];
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

/** `"channel: numbers, capacity 64: 2.1x the best peer, target 8x"` */
export function shortfall(row: Row): string {
  const aim = row.target === undefined ? '' : `, target ${row.target}x`;
  return `${row.suite}: ${row.name}: ${times(ratioOf(row))} the best peer${aim}`;
}
