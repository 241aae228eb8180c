import { chan, type Chan, type RecvChan, type SendChan } from 'gosched';
import { expect, test } from 'vitest';
import { isPending } from '../pending.js';
import { everywhere } from '../chan/where.js';

test.each(everywhere)(
  'SEL-005 SEL-036 nothing ready: the default, or parked until one is, capacity $capacity $place',
  async ({ start, capacity }) => {
    const [empty, full] = [chan<number>(capacity), chan<number>(capacity)];
    while (full.trySend(1));
    const looks = async (get: RecvChan<number>, to: SendChan<number>): Promise<unknown> => {
      const gosched = await import('gosched');
      return gosched.trySelect({ get, put: to.sending(2) }) ?? 'default';
    };
    expect(await start(looks, empty, full)).toBe('default');
    const parks = async (get: RecvChan<number>, to: SendChan<number>): Promise<unknown> => {
      const gosched = await import('gosched');
      return gosched.select({ get, put: to.sending(2) });
    };
    const parked = start(parks, empty, full);
    const alone = start(async (get: RecvChan<number>) => {
      const gosched = await import('gosched');
      return gosched.select({ get });
    }, chan<number>(capacity));
    expect(await isPending(parked)).toBe(true);
    expect(await isPending(alone)).toBe(true);
    await empty.send(7);
    expect(await parked).toEqual({ key: 'get', value: 7, ok: true });
    const second = start(parks, empty, full);
    expect(await full.recv()).toBe(capacity > 0 ? 1 : 2);
    expect(await second).toEqual({ key: 'put' });
  },
);

test.each(everywhere)(
  'SEL-028 channels and values are evaluated once, in order, capacity $capacity $place',
  async ({ start, capacity }) => {
    const orders = await start(async (size: number) => {
      const { chan: make, select, trySelect } = await import('gosched');
      return Promise.all(
        [select, trySelect].map(async (choose) => {
          const order: string[] = [];
          const channel = (name: string): Chan<string> => {
            order.push(`channel ${name}`);
            return make<string>(size);
          };
          const value = (name: string): string => {
            order.push(`value ${name}`);
            return name;
          };
          const ready = make<string>(1);
          ready.trySend('x');
          await choose({
            a: channel('a').sending(value('a')),
            ready,
            b: channel('b'),
            c: channel('c').sending(value('c')),
          });
          return order;
        }),
      );
    }, capacity);
    const once = ['channel a', 'value a', 'channel b', 'channel c', 'value c'];
    expect(orders).toEqual([once, once]);
  },
);
