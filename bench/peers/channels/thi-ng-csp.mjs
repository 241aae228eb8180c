import { channel, select } from '@thi.ng/csp';

import { channelsOf, parkedOn } from './parked.mjs';

const make = (capacity) => (capacity === 0 ? channel() : channel(capacity));

export async function stream(capacity, count) {
  const ch = make(capacity);
  const sending = (async () => {
    for (let i = 0; i < count; i++) await ch.write(i);
    ch.close();
  })();
  let sum = 0;
  for await (const value of ch) sum += value;
  await sending;
  return sum;
}

export async function pingPong(count) {
  const requests = make(0);
  const replies = make(0);
  void (async () => {
    for (let i = 0; i < count; i++) await replies.write((await requests.read()) + 1);
  })();
  let sum = 0;
  for (let i = 0; i < count; i++) {
    await requests.write(i);
    sum += await replies.read();
  }
  return sum;
}

export async function selectOfTwo(count) {
  const sources = [make(0), make(0)];
  for (const ch of sources) {
    void (async () => {
      for (let i = 0; i < count / 2; i++) await ch.write(i);
    })();
  }
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (await select(...sources))[0];
  return sum;
}

export const parked = parkedOn(
  () => make(0),
  async (gate) => (await gate.read()) ?? 1,
);

export const channels = channelsOf(() => make(0));
