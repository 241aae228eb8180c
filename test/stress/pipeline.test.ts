import { createHash } from 'node:crypto';
import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';
import { seeded } from '../seed.js';

const MESSAGES = 400;

interface Message {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly reply: Chan<string>;
}

test.each(everywhere)(
  'random bytes and texts through a pipeline arrive whole, capacity $capacity $place',
  async ({ start, capacity }) => {
    const random = seeded();
    const [first, second] = [chan<Message>(capacity), chan<Message>(capacity)];
    const forwarders = Array.from({ length: 3 }, () =>
      start(
        async (from: Chan<Message>, to: Chan<Message>) => {
          for await (const message of from) await to.send(message);
        },
        first,
        second,
      ),
    );
    const workers = Array.from({ length: 3 }, () =>
      start(async (from: Chan<Message>) => {
        const crypto = await import('node:crypto');
        for await (const { bytes, text, reply } of from) {
          await reply.send(crypto.createHash('sha1').update(bytes).update(text).digest('hex'));
        }
      }, second),
    );
    for (let id = 0; id < MESSAGES; id++) {
      const bytes = Uint8Array.from({ length: random.int(300) }, () => random.int(256));
      const codes = Array.from({ length: random.int(30) }, () => 32 + random.int(9000));
      const text = String.fromCharCode(...codes);
      const reply = chan<string>(1);
      await first.send({ id, bytes, text, reply });
      expect(await reply.recv()).toBe(createHash('sha1').update(bytes).update(text).digest('hex'));
    }
    first.close();
    await Promise.all(forwarders);
    second.close();
    await Promise.all(workers);
  },
);
