/** The results as pictures, drawn from the rows alone. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Header } from './machine.js';
import { bestPeerOf, ratioOf, ratioTo, type Row } from './row.js';
import { suitesOf, type Run } from './runs.js';

type Spec = Readonly<Record<string, unknown>>;

interface Drawing {
  svgOf(spec: Spec): Promise<string>;
}

/** One chart of ratios for each suite, and the curve of the suite `pipeline`. Gives the files' names. */
export async function drawCharts(
  folder: string,
  runs: readonly Run[],
): Promise<readonly string[]> {
  const module = new URL('../../bench/peers/svg.mjs', import.meta.url);
  const { svgOf } = (await import(module.href)) as Drawing;
  const charts = new Map<string, Spec>();
  for (const run of runs) {
    for (const suite of suitesOf(run)) {
      const compared = run.rows.filter((row) => row.suite === suite && ratioOf(row) !== undefined);
      if (compared.length > 0) charts.set(`${suite}.svg`, ratioChart(suite, run.header, compared));
    }
    const points = speedUps(run.rows);
    if (points.length > 0) charts.set(SPEED_UP, speedUpChart(run.header, points));
  }

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, spec] of charts) writeFileSync(join(folder, name), await svgOf(spec));
  return [...charts.keys()];
}

export const SPEED_UP = 'speed-up.svg';

const AHEAD = '#1a7f37';
const BEHIND = '#cf222e';

/** What all charts have: readable on a dark page too, and dated. */
function framed(title: string, { date, machine, node, commit }: Header): Spec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 12,
    title: {
      text: title,
      subtitle: `${date}, ${machine}, Node.js ${node.split(' ')[0]}, commit ${commit}`,
      anchor: 'start',
    },
    config: { font: 'sans-serif', axis: { labelLimit: 420 }, legend: { labelLimit: 420 } },
  };
}

/** A bar for each row, worst first, from 1, which is as fast as the best peer, to the ratio. */
function ratioChart(suite: string, header: Header, rows: readonly Row[]): Spec {
  const worstFirst = [...rows].sort((a, b) => ratioOf(a)! - ratioOf(b)!);
  const values = worstFirst.map((row) => {
    const ratio = ratioOf(row)!;
    const label = `${Number(ratio.toPrecision(2))}x ${bestPeerOf(row)}`;
    return { row: row.name, ratio, label, one: 1 };
  });
  const y = { field: 'row', type: 'nominal', sort: null, title: null };
  const x = { field: 'ratio', type: 'quantitative', scale: { type: 'log', nice: true } };
  return {
    ...framed(`${suite}: how many times better than the best peer`, header),
    width: 480,
    data: { values },
    encoding: { y },
    layer: [
      {
        mark: { type: 'bar', cornerRadius: 1 },
        encoding: {
          x: { ...x, title: 'ratio, logarithmic: right of 1 is better' },
          x2: { field: 'one' },
          color: {
            condition: { test: 'datum.ratio >= 1', value: AHEAD },
            value: BEHIND,
          },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 10 },
        encoding: { x: { ...x, field: 'end' }, text: { field: 'label' } },
        transform: [{ calculate: 'max(datum.ratio, 1)', as: 'end' }],
      },
    ],
  };
}

interface SpeedUp {
  readonly way: string;
  readonly microseconds: number;
  readonly speedUp: number;
}

const PLAIN = 'plain JavaScript';

/** The rows "pieces of 100 us" as points of curves, one for each way. */
function speedUps(rows: readonly Row[]): readonly SpeedUp[] {
  return rows.flatMap((row): SpeedUp[] => {
    const [, digits, how] = /^pieces of ([\d,]+) us(, .+)?$/.exec(row.name) ?? [];
    const plain = row.peers[PLAIN];
    if (row.suite !== 'pipeline' || digits === undefined || plain === undefined) return [];
    const microseconds = Number(digits.replaceAll(',', ''));
    const ours = { way: `gosched${how ?? ''}`, microseconds, speedUp: ratioTo(row, PLAIN)! };
    if (how !== undefined) return [ours];
    const others = Object.entries(row.peers).map(([way, value]) => ({
      way,
      microseconds,
      speedUp: plain / value,
    }));
    return [ours, ...others];
  });
}

/** Ours first, so that it has the strongest colour; plain JavaScript is the line at 1. */
function speedUpChart(header: Header, points: readonly SpeedUp[]): Spec {
  const ways = [...new Set(points.map(({ way }) => way))];
  const first = ways.filter((way) => way.startsWith('gosched'));
  const order = [...first, ...ways.filter((way) => !first.includes(way))];
  return {
    ...framed('Speed-up over plain JavaScript, by how long a piece of work is', header),
    width: 560,
    height: 320,
    data: { values: points },
    mark: { type: 'line', point: true },
    encoding: {
      x: {
        field: 'microseconds',
        type: 'quantitative',
        scale: { type: 'log' },
        axis: { title: 'microseconds of work in a piece', values: [1, 10, 100, 1000, 10_000] },
      },
      y: { field: 'speedUp', type: 'quantitative', axis: { title: 'times plain JavaScript' } },
      color: { field: 'way', type: 'nominal', sort: order, title: null },
      strokeWidth: {
        condition: { test: "indexof(datum.way, 'gosched') === 0", value: 3 },
        value: 1.5,
      },
      strokeDash: {
        condition: { test: `datum.way === '${PLAIN}'`, value: [4, 4] },
        value: [1, 0],
      },
    },
  };
}
