/** The rows of the suite `channel` that stay in one isolate: beside the channel libraries, and Go. */

import { Child } from '../child.js';
import type { Case } from '../native/cases.js';
import { CaseContender } from '../native/contender.js';
import * as expected from '../native/expected.js';
import { goProgram } from '../native/program.js';
import type { Contender } from '../rounds.js';
import type { Ours, Suite } from '../suite.js';
import type { OneIsolateJob } from './one-isolate-program.js';

/** V8 takes a while to make the best of promises in a loop. */
const ROUND_MS = 600;

/** Times better than the best library, and the least that it may be of Go's speed. */
const TARGET = 2;
const LEAST_OF_GO = 1 / 3;

const LIBRARIES = {
  '@thi.ng/csp': 'thi-ng-csp',
  'ts-chan': 'ts-chan',
  'js-csp': 'js-csp',
  'effect Queue': 'effect',
};

interface Shape {
  readonly name: string;
  readonly unit: string;
  readonly shape: OneIsolateJob['shape'];
  readonly capacity: number;
  /** The case of bench/go that does the same with GOMAXPROCS=1. */
  readonly goCase: Pick<Case, 'name' | 'step' | 'expected'>;
}

const stream = (capacity: number): Shape => ({
  name: capacity === 0 ? 'unbuffered stream' : `stream, capacity ${capacity}`,
  unit: 'ns/value',
  shape: 'stream',
  capacity,
  goCase: { name: 'spsc', step: 4, expected: expected.numbers },
});

const shapes: readonly Shape[] = [
  stream(0),
  stream(64),
  stream(1024),
  {
    name: 'ping-pong',
    unit: 'ns/round trip',
    shape: 'ping-pong',
    capacity: 0,
    goCase: { name: 'ping-pong', step: 1, expected: expected.numbers },
  },
  {
    name: 'select of 2',
    unit: 'ns/value',
    shape: 'select',
    capacity: 0,
    goCase: { name: 'select-2', step: 2, expected: expected.twoHalves },
  },
];

export async function oneIsolateRows(suite: Suite, withGo: boolean): Promise<void> {
  for (const shape of shapes) {
    const ours: Ours = {
      heading: {
        name: nameOf(shape),
        unit: shape.unit,
        better: 'lower',
        target: TARGET,
        targetThan: { name: 'the libraries', peers: Object.keys(LIBRARIES) },
        leastOfGo: LEAST_OF_GO,
      },
      contender: childOf(suite, shape, 'gosched', 'gosched'),
    };
    const libraries = Object.entries(LIBRARIES).map(([name, library]) =>
      childOf(suite, shape, name, library),
    );
    await suite.compare([ours], [...libraries, ...(withGo ? [goTwin(suite, shape)] : [])]);
  }
  const alone = childOf(suite, stream(0), 'no channel', 'no channel');
  const heading = {
    name: 'one isolate: no channel, for await over a counter',
    unit: 'ns/value',
    better: 'lower',
  } as const;
  await suite.compare([{ heading, contender: alone }], []);
}

function nameOf({ name }: Shape): string {
  return `one isolate: ${name}`;
}

function childOf(suite: Suite, shape: Shape, name: string, library: string): Contender {
  const job: OneIsolateJob = {
    library,
    shape: shape.shape,
    capacity: shape.capacity,
    milliseconds: ROUND_MS * suite.size.share,
  };
  return new Child(name, new URL('./one-isolate-program.js', import.meta.url), { ...job });
}

function goTwin(suite: Suite, { name, unit, capacity, goCase }: Shape): Contender {
  const what: Case = {
    ...goCase,
    row: name,
    unit,
    scale: 1,
    procs: 1,
    shape: { full: capacity },
    stepsOfSize: false,
    warm: true,
    go: true,
    peers: {},
  };
  const length = { targetNs: ROUND_MS * 1e6 * suite.size.share, quick: suite.size.share < 1 };
  return new CaseContender('Go', [{ program: goProgram, args: [] }], what, length);
}
