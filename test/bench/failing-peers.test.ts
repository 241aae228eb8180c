import { afterEach, expect, test, vi } from 'vitest';

import { Child } from '../../build/bench/child.js';
import { alternate, withAnotherTry } from '../../build/bench/rounds.js';
import { Suite } from '../../build/bench/suite.js';
import { markdownTable } from '../../build/bench/tables.js';

afterEach(() => vi.restoreAllMocks());

/** Gives the numbers one after the other; fails where there is an error instead. */
function contender(name: string, rounds: readonly (number | Error)[]) {
  let next = 0;
  const run = async (): Promise<number> => {
    const result = rounds[next++]!;
    if (typeof result !== 'number') throw result;
    return result;
  };
  return { name, run, calls: () => next };
}

function silent() {
  return vi.spyOn(console, 'error').mockImplementation(() => undefined);
}

test('a contender that fails is left out of the rounds that follow, and the others go on', async () => {
  silent();
  const good = contender('good', [1, 2, 3]);
  const bad = contender('bad', [1, new Error('it broke'), 3]);
  const [first, second] = await alternate([good, bad], 3, 0);
  expect(first).toMatchObject({ median: 2, n: 3 });
  expect(second).toEqual({ failure: 'it broke' });
  expect(bad.calls()).toBe(2);
});

test('a peer that has worked before gets another try, and it is told of', async () => {
  const told = silent();
  const peer = contender('peer', [1, new Error('once'), 2]);
  const [sample] = await alternate([withAnotherTry(peer)], 2, 0);
  expect(sample).toMatchObject({ median: 1.5, n: 2 });
  expect(told).toHaveBeenCalledWith(expect.stringContaining('once'));
});

test('a peer that has never worked gets no other try', async () => {
  silent();
  const peer = contender('peer', [new Error('never'), 2]);
  await alternate([withAnotherTry(peer)], 2, 0);
  expect(peer.calls()).toBe(1);
});

const size = { warmUpRounds: 0, rounds: 1, share: 1 };
const heading = { name: 'row', unit: 'us', better: 'lower' } as const;

test('a peer that hangs is named as that in its row', async () => {
  silent();
  const suite = new Suite('suite', size);
  const peers = [contender('slow', [4]), contender('stuck', [new Error('hangs: no result')])];
  await suite.compare([{ heading, contender: contender('ours', [2]) }], peers);
  expect(suite.rows).toMatchObject([{ ours: 2, peers: { slow: 4 } }]);
  expect(suite.rows[0]!.failures).toEqual({ stuck: 'hangs: no result' });
  expect(markdownTable(suite.rows)).toContain('| row | us | 2 (0%) | 4 (0%) | hangs | 2x | - | ahead |');
  expect(suite.failed).toBe(false);
});

test('a row in which we fail is no row, and the suite has failed', async () => {
  silent();
  const suite = new Suite('suite', size);
  const ours = contender('ours', [new Error('wrong'), 1]);
  await suite.compare([{ heading, contender: ours }], [contender('peer', [4])]);
  expect(suite.rows).toEqual([]);
  expect(suite.failed).toBe(true);
  expect(ours.calls()).toBe(1);
});

test('a process that ends without a result is a failure that says what it said', async () => {
  const source = encodeURIComponent("throw new RangeError('out of range')");
  const child = new Child('peer', new URL('file:///there-is-no-such-program.mjs'), {}, {
    flags: ['--import', `data:text/javascript,${source}`],
  });
  await expect(child.run()).rejects.toThrow('peer: ends with status 1: RangeError: out of range');
});
