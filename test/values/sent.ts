import { chan, type Chan } from 'gosched';
import type { Start } from '../chan/where.js';

/** Sends a value to a goroutine of another isolate, which sends it back. */
export async function echoed(start: Start, value: unknown): Promise<unknown> {
  const [there, back] = [chan<unknown>(), chan<unknown>()];
  const echo = start(
    async (from: Chan<unknown>, to: Chan<unknown>) => to.send(await from.recv()),
    there,
    back,
  );
  const sent = there.send(value);
  sent.catch(() => there.close());
  await sent;
  const result = await back.recv();
  await echo;
  return result;
}
