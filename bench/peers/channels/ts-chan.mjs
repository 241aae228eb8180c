// "Unsafe", as it calls it: without the turns of the event loop that it otherwise puts in.

import { Chan, Select, recv } from 'ts-chan';

import { channelsOf, parkedOn } from './parked.mjs';

const make = (capacity) => new Chan(capacity).setUnsafe(true);

export async function stream(capacity, count) {
  const ch = make(capacity);
  const sending = (async () => {
    for (let i = 0; i < count; i++) await ch.send(i);
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
    for (let i = 0; i < count; i++) await replies.send((await requests.recv()).value + 1);
  })();
  let sum = 0;
  for (let i = 0; i < count; i++) {
    await requests.send(i);
    sum += (await replies.recv()).value;
  }
  return sum;
}

export async function selectOfTwo(count) {
  const sources = [make(0), make(0)];
  for (const ch of sources) {
    void (async () => {
      for (let i = 0; i < count / 2; i++) await ch.send(i);
    })();
  }
  const select = new Select(sources.map((ch) => recv(ch))).setUnsafe(true);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const at = await select.wait();
    sum += select.recv(select.cases[at]).value;
  }
  return sum;
}

export const parked = parkedOn(
  () => make(0),
  async (gate) => (await gate.recv()).value ?? 1,
);

export const channels = channelsOf(() => make(0));
