import { chan, go, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';

/** Values that a channel of this isolate keeps must stay apart. */
async function expectValuesApart(): Promise<void> {
  const ch = chan<string>(8);
  for (let n = 0; n < 8; n++) await ch.send(`value ${n}`);
  for (let n = 0; n < 8; n++) expect(await ch.recv()).toBe(`value ${n}`);
}

// Giving a channel away makes copies of what its parked senders offer. Their end must not free the
// place of the original once more: the next two values would get the same place.
test('a select that offered a value on it takes another case', async () => {
  const [ch, other] = [chan<string>(), chan<number>(1)];
  const selected = select({ put: ch.sending('offered'), other });
  await go((it: Chan<string>) => void it, ch);
  await other.send(1);
  expect(await selected).toEqual({ key: 'other', value: 1, ok: true });
  await expectValuesApart();
});

test.each([
  ['a send', (ch: Chan<string>): Promise<unknown> => ch.send('offered')],
  ['a select', (ch: Chan<string>): Promise<unknown> => select({ put: ch.sending('offered') })],
])('%s that offered a value on it finds it closed', async (_, offer) => {
  const ch = chan<string>();
  const offered = offer(ch);
  await go((it: Chan<string>) => void it, ch);
  ch.close();
  await expect(offered).rejects.toMatchObject({ code: 'ERR_SEND_ON_CLOSED' });
  await expectValuesApart();
});

// Making the second case gives the first one's channel away.
test('a select that offers a channel offers a value on it, too', async () => {
  const [ch, carrier] = [chan<object>(), chan<Chan<object>>()];
  await go((it: Chan<Chan<object>>) => void it, carrier);
  const selected = select({ put: ch.sending({ n: 1 }), carry: carrier.sending(ch) });
  expect(await go((it: Chan<object>) => it.recv(), ch)).toEqual({ n: 1 });
  expect(await selected).toEqual({ key: 'put' });
});
