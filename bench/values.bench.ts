/** What it costs to send each kind of value to another isolate, beside a MessagePort. */

import { GOMAXPROCS } from 'gosched/runtime';

import { stream } from './channel/goroutine-pairs.js';
import { PortPair } from './channel/port-pair.js';
import type { KindName } from './values/kinds.js';
import { runSuite } from './suite.js';

const CAPACITY = 1024;

/** Of the large ones, so many megabytes under way are enough on both sides. */
const LARGE_CAPACITY = 64;

/** Values in a round of the small ones, and of those of many bytes. */
const SMALL = 60_000;
const LARGE = 6_000;

const WARM_UP_SHARE = 0.2;

const counts: Readonly<Record<KindName, number>> = {
  'short strings': SMALL,
  'two-byte strings': SMALL,
  bigints: SMALL,
  dates: SMALL,
  errors: SMALL / 2,
  maps: SMALL,
  'nested objects': SMALL,
  'number arrays': SMALL / 2,
  'object arrays': LARGE,
  'typed arrays of 1 KB': SMALL,
  'typed arrays of 64 KB': LARGE,
};

// As many isolates as a measurement has ends, so that neither ever starts in a cold one.
GOMAXPROCS(2);

await runSuite('values', async (suite) => {
  const ports = new PortPair();
  for (const [name, full] of Object.entries(counts)) {
    const payload = name as KindName;
    const count = suite.count(full);
    const warmUp = count * WARM_UP_SHARE;
    const capacity = full === LARGE ? LARGE_CAPACITY : CAPACITY;
    const round = { payload, warmUp, count };
    const run = async (): Promise<number> =>
      1 / (await stream(capacity, { ...round, style: 'try' }));
    const runPeer = async (): Promise<number> =>
      1 / (await ports.streams(1, { ...round, window: capacity }));
    const heading = { name, unit: 'us/value', better: 'lower' } as const;
    await suite.compare(
      [{ heading, contender: { name: 'gosched', run } }],
      [{ name: 'MessagePort', run: runPeer }],
    );
  }
  await ports.close();
});
