/** One round of the suite `memory`: by how much the process grows when it holds so many of something. */

import { once } from 'node:events';
import { Worker, threadId } from 'node:worker_threads';

import { chan, go, type Chan, type RecvChan, type SendChan } from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';

import { runJob } from '../child-program.js';

export interface MemoryJob {
  /** `gosched`, `plain JavaScript`, `worker_threads`, or a module of bench/peers/channels. */
  readonly who: string;
  readonly what: 'goroutines' | 'goroutines elsewhere' | 'channels' | 'isolates';
  readonly count: number;
}

/** Makes so many, and gives a function that ends them and checks that they were there. */
type Make = (count: number) => Promise<() => Promise<void>>;

/** What a module of bench/peers/channels has for this suite. */
export interface MemoryPrograms {
  readonly parked: Make;
  readonly channels: Make;
}

async function bytesEach({ who, what, count }: MemoryJob): Promise<number> {
  const make = await makerOf(who, what);
  // A few first: code is compiled and pages are touched that the rest will not need again.
  await (await make(what === 'isolates' ? 1 : 100))();
  const before = residentBytes();
  const end = await make(count);
  const grown = residentBytes() - before;
  await end();
  // Of our isolates, the first is there already.
  return grown / (who === 'gosched' && what === 'isolates' ? count - 1 : count);
}

function residentBytes(): number {
  // Twice, for what the first leaves to finalizers.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

async function makerOf(who: string, what: MemoryJob['what']): Promise<Make> {
  if (who === 'gosched') return ours[what];
  if (who === 'plain JavaScript') return plainParked;
  if (who === 'worker_threads') return workers;
  const module = new URL(`../../../bench/peers/channels/${who}.mjs`, import.meta.url);
  const programs = (await import(module.href)) as MemoryPrograms;
  return what === 'channels' ? programs.channels : programs.parked;
}

export async function parkOn(gate: RecvChan<number>): Promise<number> {
  return (await gate.recv()) ?? 1;
}

/** Waiters on one channel: two of the libraries allow 1,024. */
const ON_ONE_CHANNEL = 1000;

async function parked(count: number): Promise<() => Promise<void>> {
  const gates = gatesFor(count);
  const all: PromiseLike<number>[] = [];
  for (let i = 0; i < count; i++) {
    all.push(go.local(parkOn, gates[i % gates.length]!));
    // Started as they come, or those that wait to start would be measured.
    if (i % 1000 === 999) await nextTurn();
  }
  await nextTurn();
  return () => endOf(gates, all);
}

function gatesFor(count: number): readonly Chan<number>[] {
  return Array.from({ length: Math.ceil(count / ON_ONE_CHANNEL) }, () => chan<number>());
}

async function endOf(
  gates: readonly Chan<number>[],
  all: readonly PromiseLike<number>[],
): Promise<void> {
  for (const gate of gates) gate.close();
  let ended = 0;
  for (const it of all) ended += await it;
  check(ended, all.length);
}

/** Those elsewhere have started when they have told. */
async function parkedElsewhere(count: number): Promise<() => Promise<void>> {
  const started = chan<number>(1024);
  const gates = gatesFor(count);
  const all: PromiseLike<number>[] = [];
  const telling = (async () => {
    for (let i = 0; i < count; i++) await started.recv();
  })();
  for (let i = 0; i < count; i++) {
    all.push(go(tellAndPark, started, gates[i % gates.length]!));
    if (i % 1000 === 999) await nextTurn();
  }
  await telling;
  return () => endOf(gates, all);
}

export async function tellAndPark(
  started: SendChan<number>,
  gate: RecvChan<number>,
): Promise<number> {
  await started.send(1);
  return parkOn(gate);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function channels(count: number): Promise<() => Promise<void>> {
  const all = Array.from({ length: count }, () => chan<number>());
  return async () => check(all.filter((it) => it.length === 0).length, count);
}

/** Long enough that no other isolate takes a second one while it runs. */
const BUSY_MS = 200;

/**
 * Keeps its isolate, so that the next one needs another; gives which it was. Not by looking at the clock: each
 * look allocates a number, and it would be that garbage which is measured.
 */
export function occupy(milliseconds: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  return threadId;
}

/** Isolates stay once they are there. */
async function isolates(count: number): Promise<() => Promise<void>> {
  GOMAXPROCS(count);
  const seen = new Set<number>();
  while (seen.size < count) {
    const busy = Array.from({ length: count }, () => go(occupy, BUSY_MS));
    for (const it of busy) seen.add(await it);
  }
  return () => Promise.resolve();
}

const ours: Readonly<Record<MemoryJob['what'], Make>> = {
  goroutines: parked,
  'goroutines elsewhere': parkedElsewhere,
  channels,
  isolates,
};

/** Async functions that wait for promises of their own: what a parked goroutine is built on. */
async function plainParked(count: number): Promise<() => Promise<void>> {
  const wake: (() => void)[] = [];
  const park = async (): Promise<number> => {
    await new Promise<void>((resolve) => wake.push(resolve));
    return 1;
  };
  const all = Array.from({ length: count }, park);
  return async () => {
    for (const it of wake) it();
    let ended = 0;
    for (const it of all) ended += await it;
    check(ended, count);
  };
}

async function workers(count: number): Promise<() => Promise<void>> {
  const source = "require('worker_threads').parentPort.on('message', (v) => v).postMessage('up')";
  const all = Array.from({ length: count }, () => new Worker(source, { eval: true }));
  await Promise.all(all.map((worker) => once(worker, 'message')));
  return async () => {
    await Promise.all(all.map((worker) => worker.terminate()));
  };
}

function check(found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} instead of ${expected}`);
}

await runJob(bytesEach);
