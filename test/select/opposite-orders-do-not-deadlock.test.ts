import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

const EACH = 1000;

test.each(everywhere)(
  'SEL-038 selects over {a, b} and {b, a} both finish, capacity $capacity $place',
  async ({ start, capacity }) => {
    const [a, b] = [chan<number>(capacity), chan<number>(capacity)];
    const send = async (x: Chan<number>, y: Chan<number>, count: number): Promise<void> => {
      const { select } = await import('gosched');
      for (let n = 0; n < count; n++) await select({ x: x.sending(1), y: y.sending(1) });
    };
    const receive = async (x: Chan<number>, y: Chan<number>, count: number): Promise<number> => {
      const { select } = await import('gosched');
      let sum = 0;
      for (let n = 0; n < count; n++) sum += (await select({ x, y })).value!;
      return sum;
    };
    const senders = [start(send, a, b, EACH), start(send, b, a, EACH)];
    const receivers = [start(receive, b, a, EACH), start(receive, a, b, EACH)];
    expect(await Promise.all(receivers)).toEqual([EACH, EACH]);
    await Promise.all(senders);
  },
);
