import { channel, select } from '@thi.ng/csp';

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
  const channels = [make(0), make(0)];
  for (const ch of channels) {
    void (async () => {
      for (let i = 0; i < count / 2; i++) await ch.write(i);
    })();
  }
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (await select(...channels))[0];
  return sum;
}
