import { chan, go, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';
import { seeded } from '../seed.js';

const ACTORS = 8;
const EACH = 250;

/** Sends its numbers in ways chosen at random. */
async function sender(ch: Chan<number>, first: number, count: number, seed: number): Promise<void> {
  const { select, after } = await import('gosched');
  const { gosched } = await import('gosched/runtime');
  let state = seed;
  for (let n = first; n < first + count; n++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const way = (state >>> 16) % 4;
    if (way === 0) await ch.send(n);
    else if (way === 1) await select({ put: ch.sending(n), off: null });
    else if (way === 2) while (!ch.trySend(n)) await gosched();
    else while ((await select({ put: ch.sending(n), late: after(1) })).key === 'late');
  }
}

/** Receives in ways chosen at random until the channel is closed. */
async function receiver(ch: Chan<number>, seed: number): Promise<number[]> {
  const { select, after } = await import('gosched');
  const { gosched } = await import('gosched/runtime');
  let state = seed;
  const taken: number[] = [];
  for (;;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const way = (state >>> 16) % 4;
    let got: IteratorResult<number, undefined> | undefined;
    if (way === 0) got = await ch.next();
    else if (way === 1) got = ch.tryRecv();
    else {
      const picked = await select(way === 2 ? { ch, late: after(1) } : { ch, late: null });
      if (picked.key === 'ch') {
        got = picked.ok ? { value: picked.value, done: false } : { value: undefined, done: true };
      }
    }
    if (got === undefined) await gosched();
    else if (got.done) return taken;
    else taken.push(got.value);
  }
}

test.each(everywhere)(
  'every way to send and receive at once loses nothing, capacity $capacity $place',
  async ({ start, capacity }) => {
    const random = seeded();
    const ch = chan<number>(capacity);
    const seed = () => random.int(2 ** 31);
    // Some of the receivers are always here, so that both sorts of wake-up are mixed.
    const receivers = Array.from({ length: ACTORS }, (_, n) =>
      (n % 4 === 0 ? go.local : start)(receiver, ch, seed()),
    );
    const senders = Array.from({ length: ACTORS }, (_, n) =>
      start(sender, ch, n * EACH, EACH, seed()),
    );
    await Promise.all(senders);
    ch.close();
    const all = (await Promise.all(receivers)).flat().sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: ACTORS * EACH }, (_, n) => n));
  },
);
