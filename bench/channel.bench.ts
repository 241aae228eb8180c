/** Channels, beside MessagePort where there is something to compare. */

import { existsSync } from 'node:fs';

import { GOMAXPROCS } from 'gosched/runtime';

import { pingPong, pingPongFromMain, stream } from './channel/goroutine-pairs.js';
import type { Style } from './channel/goroutine-ends.js';
import { blockRows } from './channel/block-rows.js';
import { groupRows } from './channel/group-rows.js';
import { oneIsolateRows } from './channel/one-isolate-rows.js';
import type { PayloadName } from './channel/payload.js';
import { PortPair } from './channel/port-pair.js';
import { goProgram } from './native/program.js';
import type { Contender } from './rounds.js';
import { runSuite, type Ours, type Suite } from './suite.js';

/** Messages under way in the peer's bounded stream: as many as our largest buffer. */
const WINDOW = 8192;

/** Times better than MessagePort: what the project set out to reach. */
const PING_PONG_TARGET = 50;
const STREAM_TARGETS: Readonly<Partial<Record<PayloadName, number>>> = { numbers: 10, objects: 2 };

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
  await groupRows(suite, ports);
  await blockRows(suite, ports);
  await ports.close();
  await oneIsolateRows(suite, existsSync(goProgram));
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
    run: () => ports.streams(1, { payload, warmUp: count * WARM_UP_SHARE, count, window }),
  });
  await suite.compare(ours, [
    peer('MessagePort', WINDOW),
    peer('MessagePort, unbounded', Infinity),
  ]);
}

function streamRow(payload: PayloadName, capacity: number, style: Style, count: number): Ours {
  const how = style === 'await' ? 'send and for await' : 'trySend and tryRecv';
  const name = `${payload}, capacity ${capacity}, ${how}`;
  const aim = STREAM_TARGETS[payload];
  const target = aim === undefined ? {} : { target: aim };
  const warmUp = count * WARM_UP_SHARE;
  return {
    heading: { name, unit: 'million/s', better: 'higher', ...target },
    contender: { name, run: () => stream(capacity, { payload, style, warmUp, count }) },
  };
}
