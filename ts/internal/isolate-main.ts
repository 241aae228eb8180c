/** What a worker isolate runs: it attaches to the scheduler and waits to be given goroutines. */

import { parentPort, workerData } from 'node:worker_threads';

import { addEntry } from './code/entry.js';
import { endWhenAsked } from './ending.js';
import { explainEnd } from './epitaph.js';
import { holdForMemoryWaits } from './memory-waits.js';
import { isolateId } from './native.js';
import './run.js';
import { schedulePump } from './pump.js';
// Every kind of handle may arrive as an argument: load what wraps them.
import '../index.js';

const { entry } = workerData as { readonly entry?: string };
if (entry !== undefined) addEntry(entry);

holdForMemoryWaits();
explainEnd();
endWhenAsked();
parentPort?.postMessage(isolateId);
schedulePump();
