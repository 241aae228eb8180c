/** How much memory things take while they wait: processes grow by so many bytes for each. */

import { existsSync } from 'node:fs';

import { Child } from './child.js';
import type { MemoryJob } from './memory/program.js';
import type { Case } from './native/cases.js';
import { CaseContender } from './native/contender.js';
import * as expected from './native/expected.js';
import { goProgram } from './native/program.js';
import type { Contender } from './rounds.js';
import { runSuite } from './suite.js';

const ROUNDS = { warmUp: 0, full: 5, quick: 3 };

const LIBRARIES = {
  '@thi.ng/csp': 'thi-ng-csp',
  'ts-chan': 'ts-chan',
  'js-csp': 'js-csp',
  effect: 'effect',
};

const MANY = 100_000;
const MILLION = 1_000_000;
const ISOLATES = 5;

const goroutines = (name: string, count: number, what: MemoryJob['what'] = 'goroutines') => ({
  name,
  unit: 'bytes/goroutine',
  what,
  count,
  peers: what === 'goroutines' ? { 'plain JavaScript': 'plain JavaScript', ...LIBRARIES } : {},
  goTwin: true,
});

const shapes = [
  goroutines('parked goroutine, of 100,000', MANY),
  goroutines('parked goroutine, of 1,000,000', MILLION),
  goroutines('parked goroutine in another isolate, of 100,000', MANY, 'goroutines elsewhere'),
  {
    name: 'channel, unbuffered, of 100,000',
    unit: 'bytes/channel',
    what: 'channels',
    count: MANY,
    peers: LIBRARIES,
    goTwin: false,
  },
  {
    name: 'isolate, of 5',
    unit: 'MiB/isolate',
    what: 'isolates',
    count: ISOLATES,
    peers: { worker_threads: 'worker_threads' },
    goTwin: false,
  },
] as const;

await runSuite(
  'memory',
  async (suite) => {
    for (const { name, unit, what, count, peers, goTwin } of shapes) {
      // Half a minute a round for all of them: nothing for a first look.
      if (count === MILLION && suite.size.share < 1) continue;
      const contender = (label: string, who: string): Contender => {
        const job: MemoryJob = { who, what, count };
        const child = new Child(label, new URL('./memory/program.js', import.meta.url), { ...job });
        const scale = what === 'isolates' ? 2 ** 20 : 1;
        return { name: label, run: async () => (await child.run()) / scale };
      };
      const others = Object.entries(peers).map(([label, who]) => contender(label, who));
      if (goTwin && existsSync(goProgram)) others.push(parkedInGo(count));
      const heading = { name, unit, better: 'lower' } as const;
      await suite.compare([{ heading, contender: contender('gosched', 'gosched') }], others);
    }
  },
  ROUNDS,
);

/** Goroutines of Go that are parked in a send, as those of the suite `native`. */
function parkedInGo(count: number): Contender {
  const what: Case = {
    name: 'parked-memory',
    row: 'parked',
    unit: 'bytes/goroutine',
    scale: 1,
    procs: 2,
    shape: { full: 1 },
    fixed: { full: count, quick: count },
    step: 1,
    stepsOfSize: false,
    warm: false,
    expected: expected.numbers,
    go: true,
    peers: {},
  };
  const who = { program: goProgram, args: [] };
  return new CaseContender('Go', [who], what, { targetNs: 0, quick: false });
}
