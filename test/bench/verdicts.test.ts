import { expect, test } from 'vitest';

import type { Header } from '../../build/bench/machine.js';
import { withResults } from '../../build/bench/report.js';
import { kept } from '../../build/bench/runs.js';
import { bestPeerOf, ratioOf, verdictOf, type Row } from '../../build/bench/row.js';
import { shortfall } from '../../build/bench/tables.js';

function rowOf(given: Partial<Row>): Row {
  const peers = given.peers ?? {};
  return {
    suite: 'suite',
    name: 'row',
    unit: 'us',
    better: 'lower',
    ours: 10,
    peers,
    n: 1,
    spread: 0,
    peerSpreads: Object.fromEntries(Object.keys(peers).map((name) => [name, 0])),
    ...given,
  };
}

test('the ratio is to the best peer, and above 1 is better whichever way the unit goes', () => {
  const lower = rowOf({ peers: { a: 20, b: 40 } });
  expect([ratioOf(lower), bestPeerOf(lower)]).toEqual([2, 'a']);
  const higher = rowOf({ better: 'higher', peers: { a: 20, b: 40 } });
  expect([ratioOf(higher), bestPeerOf(higher)]).toEqual([0.25, 'b']);
});

test('a target may be about some of the peers only', () => {
  const targetThan = { name: 'the pools', peers: ['a', 'b'] };
  const row = rowOf({ peers: { a: 40, b: 30, fast: 11 }, target: 3, targetThan });
  expect(verdictOf(row)).toBe('met');
  expect(verdictOf({ ...row, target: 4 })).toBe('missed');
  expect(shortfall({ ...row, target: 4 })).toBe(
    'suite: row: 1.1x fast, 3x the pools; target 4x the pools',
  );
});

test('whoever is ahead makes it a loss, met or not', () => {
  const targetThan = { name: 'the pools', peers: ['a'] };
  expect(verdictOf(rowOf({ peers: { a: 40, fast: 5 }, target: 3, targetThan }))).toBe('loss');
});

test('a share of the speed of Go may be promised beside a target', () => {
  const row = rowOf({ better: 'higher', peers: { Go: 9.9, a: 2 }, leastOfGo: 1.2 });
  expect(verdictOf(row)).toBe('missed');
  expect(verdictOf({ ...row, leastOfGo: 1 })).toBe('met');
});

test('so much at most may be promised, with or without peers', () => {
  const row = rowOf({ ours: 90, unit: 'us/call', atMost: 80 });
  expect([verdictOf(row), verdictOf({ ...row, ours: 80 })]).toEqual(['missed', 'met']);
  expect(shortfall(row)).toBe('suite: row: 90 us/call; target at most 80 us');
  const beside = rowOf({ ...row, peers: { a: 180 } });
  expect([verdictOf(beside), verdictOf({ ...beside, ours: 80 })]).toEqual(['missed', 'met']);
  expect(verdictOf(rowOf({ ...row, ours: 70, peers: { a: 60 } }))).toBe('loss');
  expect(shortfall(beside)).toBe('suite: row: 2x a; target at most 80 us');
});

test('the first paragraph names everybody who is ahead anywhere', () => {
  const text = ['summary', 'results']
    .map((name) => `<!-- ${name}: written by \`npm run bench -- --report\`, not by hand -->\n<!-- end of ${name} -->`)
    .join('\n');
  const header = { date: 'today' } as unknown as Header;
  const rows = [rowOf({ peers: { a: 5, b: 6 } }), rowOf({ name: 'other', peers: { a: 8, b: 12 } })];
  expect(withResults(text, [{ header, rows }], [])).toContain(
    'In 2 of 2 rows somebody is ahead of us: a in 2, b in 1.',
  );
});

test('a suite that runs again replaces its results, and those of others stay', () => {
  const runOf = (date: string, ...suites: readonly string[]) => ({
    header: { date } as unknown as Header,
    rows: suites.map((suite) => rowOf({ suite })),
  });
  const runs = kept([runOf('old', 'a', 'b'), runOf('older', 'c')], runOf('new', 'b', 'c'));
  expect(runs).toEqual([runOf('old', 'a'), runOf('new', 'b', 'c')]);
});
