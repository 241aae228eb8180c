/** The demonstration of examples/index as a contender: seconds to index the project's dependencies. */

import { fileURLToPath } from 'node:url';

import type { WayName } from '../../examples/index/child-messages.js';
import { runWay } from '../../examples/index/run-way.js';
import type { Contender } from '../rounds.js';

const folder = fileURLToPath(new URL('../../../node_modules', import.meta.url));

/** All of them, which must agree. */
let digest: string | undefined;

export function demoContender(name: string, way: WayName, workers: number): Contender {
  const run = async (): Promise<number> => {
    const job = { way, folder, workers, query: '' };
    const outcome = await runWay(job, new AbortController().signal, () => undefined);
    if (outcome.kind !== 'done') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
    digest ??= outcome.result.digest;
    if (outcome.result.digest !== digest) throw new Error(`${name}: another index`);
    return outcome.result.seconds;
  };
  return { name, run };
}
