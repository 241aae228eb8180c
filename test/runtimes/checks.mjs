// What works in every runtime that has Node-API and worker threads, whoever made it: run by
// `npm test -- --only runtimes` in Bun and Deno, without a test framework, for they have their own.
// One line a check on standard output, `ok name` or `not ok name: why`, and `done`. It ends by itself.

import { deepStrictEqual as same } from 'node:assert';

import {
  DataCloneError,
  GoCaptureError,
  Mutex,
  SharedMap,
  WaitGroup,
  after,
  atomic,
  chan,
  context,
  go,
  select,
  trySelect,
} from 'gosched';
import { numGoroutine } from 'gosched/runtime';

const checks = {
  async 'go runs a function with its arguments in another isolate'() {
    same(await go((a, b) => a + b, 1, 2), 3);
  },

  async 'go.with gives variables by name'() {
    const ch = chan();
    const offset = 20;
    const started = go.with({ ch, offset }, async (n) => void (await ch.send(n + offset)), 2);
    same(await ch.recv(), 22);
    await started;
  },

  async 'go.local shares memory'() {
    const seen = [];
    await go.local((value) => seen.push(value), 'here');
    same(seen, ['here']);
  },

  async 'a function that captures is refused where variables cannot be read, or runs'() {
    const offset = 20;
    try {
      same(await go((n) => n + offset, 2), 22);
    } catch (error) {
      same([error instanceof GoCaptureError, error.code], [true, 'ERR_GO_CAPTURE']);
    }
  },

  async 'a channel carries values both ways, until it is closed'() {
    const words = chan(2);
    const lengths = chan();
    const worker = async (from, to) => {
      for await (const word of from) await to.send({ word, length: word.length });
      to.close();
    };
    void go(worker, words, lengths);
    void go.local(async () => {
      for (const word of ['a', 'bb', 'ccc']) await words.send(word);
      words.close();
    });
    const got = [];
    for await (const { word, length } of lengths) got.push(`${word}${length}`);
    same(got, ['a1', 'bb2', 'ccc3']);
  },

  async 'values keep their kind: maps, dates, bigints, bytes, cycles'() {
    const value = { map: new Map([[1, new Date(0)]]), big: 2n ** 70n, bytes: Uint8Array.of(1, 2) };
    value.self = value;
    const back = await go((it) => it, value);
    same([back.map.get(1).getTime(), back.big, [...back.bytes], back.self === back], [0, 2n ** 70n, [1, 2], true]);
  },

  async 'errors keep their message and class'() {
    const failed = await go(() => {
      throw new RangeError('too far');
    }).catch((error) => error);
    same([failed instanceof RangeError, failed.message], [true, 'too far']);
  },

  async 'what cannot be copied is named'() {
    const ch = chan(1);
    void go((it) => void it.capacity, ch);
    const refused = await ch.send({ user: { callback: () => 1 } }).catch((error) => error);
    same([refused instanceof DataCloneError, refused.path], [true, 'value.user.callback']);
  },

  async 'select takes what is ready, and waits for what is not'() {
    const ready = chan(1);
    const never = chan();
    ready.trySend(7);
    same(await select({ ready, never }), { key: 'ready', value: 7, ok: true });
    same((await select({ never, late: after(5) })).key, 'late');
    same(trySelect({ never }), undefined);
  },

  async 'a context ends goroutines elsewhere'() {
    const { ctx, cancel } = context.withCancel(context.background());
    const waiting = go(async (it) => {
      await it.done().recv();
      return it.err().code;
    }, ctx);
    cancel();
    same(await waiting, 'ERR_CONTEXT_CANCELED');
  },

  async 'locks, counters and maps are shared'() {
    const mu = new Mutex();
    const count = new atomic.Int32();
    const map = new SharedMap();
    const wg = new WaitGroup();
    const work = async (lock, number, shared) => {
      const held = await lock.lock();
      shared.update('n', (n = 0) => n + 1);
      held.unlock();
      number.add(1);
    };
    for (let n = 0; n < 8; n++) wg.go(work, mu, count, map);
    await wg.wait();
    same([count.load(), map.get('n')], [8, 8]);
  },

  async 'nothing is left'() {
    while (numGoroutine() > 0) await after(1).recv();
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${error.stack ?? error}`);
  }
}
console.log('done');
