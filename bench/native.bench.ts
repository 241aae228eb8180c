/** Native goroutines, beside Go and beside the crates that a Rust program would use instead. */

import { type Case, type Peer, cases } from './native/cases.js';
import { CaseContender, type Length } from './native/contender.js';
import { type Who, checkBuilt, goProgram, rustProgram } from './native/program.js';
import { runSuite, type Suite } from './suite.js';

/** Short, because there are many rows; long beside the milliseconds that a process takes to start. */
const ROUND_NS = 200e6;

/**
 * Fewer than other suites have: each is a process of its own, which warms itself up. The discarded
 * one finds how many operations make a round.
 */
const ROUNDS = { warmUp: 1, full: 5, quick: 3 };

const ours: Who = { program: rustProgram, args: [] };
const goTwin: Who = { program: goProgram, args: [] };

const { go } = checkBuilt();
if (!go) process.stderr.write('Go is not installed: its column is left out\n');

await runSuite(
  'native',
  async (suite) => {
    for (const what of cases) if (suite.wants(what.row)) await measure(suite, what);
  },
  ROUNDS,
);

async function measure(suite: Suite, what: Case): Promise<void> {
  const length: Length = { targetNs: ROUND_NS * suite.size.share, quick: suite.size.share < 1 };
  const contender = (name: string, modes: readonly Who[]): CaseContender =>
    new CaseContender(name, modes, what, length);
  const twins = go && what.go ? [contender('Go', [goTwin])] : [];
  const peers = (Object.keys(what.peers) as Peer[]).map((peer) =>
    contender(peer, modesOf(peer, what)),
  );
  const promised = what.atMost === undefined ? {} : { atMost: what.atMost };
  const heading = { name: what.row, unit: what.unit, better: 'lower', ...promised } as const;
  await suite.compare(
    [{ heading, contender: contender('gosched', [ours]) }],
    [...twins, ...peers],
  );
}

function modesOf(peer: Peer, { peers }: Case): readonly Who[] {
  const modes = peers[peer] ?? [];
  return modes.map((mode) => ({
    program: rustProgram,
    args: ['--peer', peer, '--mode', mode],
  }));
}
