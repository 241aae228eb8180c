import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

/** Every way to receive, by name: each must do the same. */
async function receive(way: string, ch: Chan<number>): Promise<unknown> {
  const { chan: make, select, trySelect } = await import('gosched');
  if (way === 'recv') return ch.recv();
  if (way === 'next') return (await ch.next()).value;
  if (way === 'range') for await (const value of ch) return value;
  const idle = make<number>();
  const cases = {
    one: { ch },
    two: { ch, idle },
    full: { nil: null, ch, idle, put: make<number>().sending(0) },
  }[way.replace('try ', '')]!;
  for (;;) {
    const got = way.startsWith('try ') ? trySelect(cases) : await select(cases);
    if (got !== undefined) return got.key === 'ch' && 'value' in got ? got.value : got;
    await new Promise(setImmediate);
  }
}

/** Every way to send. */
async function send(way: string, ch: Chan<number>): Promise<void> {
  const { chan: make, select, trySelect } = await import('gosched');
  if (way === 'send') return ch.send(42);
  const idle = make<number>();
  const put = ch.sending(42);
  const cases = { one: { put }, two: { put, idle }, full: { nil: null, put, idle } }[
    way.replace('try ', '')
  ]!;
  if (way === 'trySend') while (!ch.trySend(42)) await new Promise(setImmediate);
  else if (!way.startsWith('try ')) await select(cases);
  else while (trySelect(cases) === undefined) await new Promise(setImmediate);
}

const receives = ['recv', 'next', 'range', 'one', 'two', 'full', 'try one', 'try two', 'try full'];
const sends = ['send', 'one', 'two', 'full', 'trySend', 'try one', 'try two', 'try full'];

test.each(everywhere)(
  'SEL-029 SEL-030 SEL-033 each way to receive meets each way to send, capacity $capacity $place',
  async ({ start, capacity }) => {
    for (const way of receives) {
      for (const other of sends) {
        // Two that never park cannot meet on an unbuffered channel.
        const polls = way.startsWith('try') && other.startsWith('try');
        if (capacity === 0 && polls) continue;
        const ch = chan<number>(capacity);
        const [got] = await Promise.all([start(receive, way, ch), start(send, other, ch)]);
        expect(got, `${way} from ${other}`).toBe(42);
      }
    }
  },
);
