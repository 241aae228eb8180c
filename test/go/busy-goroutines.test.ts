import { atomic, chan, go, type Chan } from 'gosched';
import { GOMAXPROCS, gosched } from 'gosched/runtime';
import { expect, test } from 'vitest';
import { collectGarbage } from '../collect-garbage.js';

test('SCH-004 SCH-008 three goroutines hand a counter round by busy-waiting', async () => {
  const before = GOMAXPROCS(3);
  const turn = new atomic.Int32();
  const spin = (it: atomic.Int32, mine: number, rounds: number): void => {
    for (let n = 0; n < rounds; n++) {
      while (it.load() % 3 !== mine);
      it.add(1);
    }
  };
  await Promise.all([0, 1, 2].map((mine) => go(spin, turn, mine, 30)));
  expect(turn.load()).toBe(90);
  GOMAXPROCS(before);
});

test('SCH-009 SCH-017 collections complete while goroutines spin and allocate', async () => {
  const before = GOMAXPROCS(2);
  const [stop, ready] = [new atomic.Bool(), chan<number>(2)];
  const spin = (end: atomic.Bool, here: Chan<number>): number => {
    here.trySend(1);
    let rounds = 0;
    while (!end.load()) rounds++;
    return rounds;
  };
  const allocate = (end: atomic.Bool, here: Chan<number>): number => {
    here.trySend(1);
    let rounds = 0;
    for (let kept: unknown[] = []; !end.load(); rounds++) {
      if (kept.push({ rounds }) === 1000) kept = [];
    }
    return rounds;
  };
  const both = [go(spin, stop, ready), go(allocate, stop, ready)];
  await ready.recv();
  await ready.recv();
  for (let n = 0; n < 10; n++) await collectGarbage();
  stop.store(true);
  for (const rounds of await Promise.all(both)) expect(rounds).toBeGreaterThan(0);
  GOMAXPROCS(before);
});

test('SCH-011 goroutines in short system calls, again and again, stop when told', async () => {
  const [stop, ready] = [new atomic.Bool(), chan<number>(8)];
  const calls = async (end: atomic.Bool, here: Chan<number>, ms: number): Promise<void> => {
    const { statSync } = await import('node:fs');
    const word = new Int32Array(new SharedArrayBuffer(4));
    here.trySend(ms);
    while (!end.load()) {
      statSync('.');
      Atomics.wait(word, 0, 0, ms);
    }
  };
  const all = Array.from({ length: 8 }, (_, n) => go(calls, stop, ready, [0.01, 0.1, 1][n % 3]!));
  await ready.recv(); // the others may have to wait for an isolate
  for (let turn = 0; turn < 100; turn++) await gosched();
  const told = performance.now();
  stop.store(true);
  await Promise.all(all);
  expect(performance.now() - told).toBeLessThan(5000);
});

test('SCH-001 a goroutine that starts itself anew, collections, and new GOMAXPROCS', async () => {
  const before = GOMAXPROCS();
  const [stop, runs] = [new atomic.Bool(), new atomic.Int32()];
  const { respawn } = await import('./fixtures/respawn.js');
  const chain = go(respawn, stop, runs);
  for (let n = 0; n < 1000; n++) {
    GOMAXPROCS(1 + (n % 4));
    if (n % 20 === 0) await collectGarbage();
    else await gosched();
  }
  const seen = runs.load();
  while (runs.load() === seen) await gosched(); // it still goes on
  stop.store(true);
  await chain;
  expect(runs.load()).toBeGreaterThan(seen);
  GOMAXPROCS(before);
});

test('SCH-006 a goroutine stays on its thread, and channels work from there', async () => {
  const [ask, answer] = [chan<number>(), chan<number>()];
  const threads = go(async (from: Chan<number>, to: Chan<number>) => {
    const { threadId } = await import('node:worker_threads');
    const seen = new Set([threadId]);
    for await (const n of from) {
      seen.add((await import('node:worker_threads')).threadId);
      await to.send(n + 1);
    }
    return seen.size;
  }, ask, answer);
  for (let n = 0; n < 100; n++) {
    await ask.send(n);
    expect(await answer.recv()).toBe(n + 1);
  }
  ask.close();
  expect(await threads).toBe(1);
});
