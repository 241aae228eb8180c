/** Channels, beside MessagePort where there is something to compare. */

import { GOMAXPROCS } from 'gosched/runtime';

import { pingPong, pingPongFromMain, stream } from './channel/goroutine-pairs.js';
import type { Style } from './channel/goroutine-ends.js';
import { localStreams } from './channel/one-isolate.js';
import type { PayloadName } from './channel/payload.js';
import { PortPair } from './channel/port-pair.js';
import type { Contender } from './rounds.js';
import { rowOf } from './row.js';
import { runSuite, type Ours, type Suite } from './suite.js';

/** Messages under way in the peer's bounded stream: as many as our largest buffer. */
const WINDOW = 8192;

/** Times better than MessagePort: what the project set out to reach. */
const PING_PONG_TARGET = 20;
const STREAM_TARGET = 8;

/** Of a round's operations, how many more are done before the clock starts. */
const WARM_UP_SHARE = 0.1;

// As many isolates as a measurement has ends, so that neither ever starts in a cold one.
GOMAXPROCS(2);

await runSuite('channel', async (suite) => {
  const ports = new PortPair();
  await pingPongs(suite, ports);
  await streams(suite, ports, 'numbers', { ours: 1_000_000, peer: 200_000 });
  await streams(suite, ports, 'objects', { ours: 100_000, peer: 100_000 });
  await streams(suite, ports, 'strings', { ours: 100_000, peer: 100_000 });
  await ports.close();
  await localRows(suite);
});

async function pingPongs(suite: Suite, ports: PortPair): Promise<void> {
  const count = suite.count(100_000);
  const peerCount = suite.count(10_000);
  const heading = { unit: 'us/round trip', better: 'lower', target: PING_PONG_TARGET } as const;
  const compare = (
    name: string,
    ours: typeof pingPong,
    peer: typeof pingPong,
  ): Promise<void> => {
    const run = (): Promise<number> => ours(count * WARM_UP_SHARE, count);
    const runPeer = (): Promise<number> => peer(peerCount * WARM_UP_SHARE, peerCount);
    return suite.compare(
      [{ heading: { ...heading, name }, contender: { name, run } }],
      [{ name: 'MessagePort', run: runPeer }],
    );
  };
  await compare('ping-pong, worker and worker', pingPong, (...args) => ports.pingPong(...args));
  await compare('ping-pong, main and worker', pingPongFromMain, (...args) =>
    ports.pingPongFromMain(...args),
  );
}

interface Counts {
  readonly ours: number;
  readonly peer: number;
}

async function streams(
  suite: Suite,
  ports: PortPair,
  payload: PayloadName,
  counts: Counts,
): Promise<void> {
  const capacities = payload === 'numbers' ? [64, 1024, 8192] : [1024];
  const ours = capacities.flatMap((capacity) =>
    (['await', 'try'] as const).map((style) =>
      streamRow(payload, capacity, style, suite.count(counts.ours)),
    ),
  );
  const count = suite.count(counts.peer);
  const peer = (name: string, window: number): Contender => ({
    name,
    run: () => ports.stream({ payload, warmUp: count * WARM_UP_SHARE, count, window }),
  });
  await suite.compare(ours, [
    peer('MessagePort', WINDOW),
    peer('MessagePort, unbounded', Infinity),
  ]);
}

function streamRow(payload: PayloadName, capacity: number, style: Style, count: number): Ours {
  const how = style === 'await' ? 'send and for await' : 'trySend and tryRecv';
  const name = `${payload}, capacity ${capacity}, ${how}`;
  const target = payload === 'numbers' ? { target: STREAM_TARGET } : {};
  const warmUp = count * WARM_UP_SHARE;
  return {
    heading: { name, unit: 'million/s', better: 'higher', ...target },
    contender: { name, run: () => stream(capacity, { payload, style, warmUp, count }) },
  };
}

async function localRows(suite: Suite): Promise<void> {
  process.stderr.write('one isolate...\n');
  const measured = await localStreams([0, 64, 1024], suite.count(2000));
  for (const { name, sample } of measured) {
    suite.add(
      rowOf({ suite: suite.name, name, unit: 'million/s', better: 'higher' }, sample),
    );
  }
}
