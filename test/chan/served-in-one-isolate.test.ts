import { chan, go, select, type Chan } from 'gosched';
import { expect, test } from 'vitest';

/** Two goroutines of this isolate serve each other, without ever running dry, until `isOver`. */
async function serveEachOther(isOver: () => boolean): Promise<void> {
  const [there, back] = [chan<number>(), chan<number>()];
  const answering = go.local(async () => {
    for await (const value of there) await back.send(value);
  });
  for (let i = 0; !isOver(); i++) {
    await there.send(i);
    expect(await back.recv()).toBe(i);
  }
  there.close();
  await answering;
}

test('goroutines that serve each other let timers and the event loop have their turn', async () => {
  let turns = 0;
  setTimeout(() => turns++, 1);
  setImmediate(() => turns++);
  await serveEachOther(() => turns === 2);
  expect(turns).toBe(2);
});

test('goroutines that serve each other let mail of other isolates through', async () => {
  let answer = 0;
  void go((n: number) => n + 1, 6).then((result) => (answer = result));
  await serveEachOther(() => answer !== 0);
  expect(answer).toBe(7);
});

test('who waits is served in order, by whichever operation', async () => {
  const [values, other] = [chan<number>(), chan<number>()];
  const seen: string[] = [];
  const waits = async (name: string, value: Promise<unknown>): Promise<void> => {
    seen.push(`${name} ${JSON.stringify(await value)}`);
  };
  const all = [
    waits('recv', values.recv()),
    waits('next', values.next()),
    waits('select', select({ values, other })),
    waits('recv', values.recv()),
  ];
  await values.send(1);
  expect(values.trySend(2)).toBe(true);
  await select({ put: values.sending(3) });
  await values.send(4);
  await Promise.all(all);
  expect(seen).toEqual([
    'recv 1',
    'next {"value":2,"done":false}',
    'select {"key":"values","value":3,"ok":true}',
    'recv 4',
  ]);
});

test('senders that wait go on when their values are received, by whichever operation', async () => {
  const values = chan<object>();
  const sent = [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }];
  const seen: object[] = [];
  const all = sent.map((value) => values.send(value).then(() => seen.push(value)));
  const received = [
    await values.recv(),
    values.tryRecv()?.value,
    (await select({ values })).value,
    (await values.next()).value,
  ];
  await Promise.all(all);
  expect(seen).toEqual(sent);
  received.forEach((value, n) => expect(value).toBe(sent[n]));
});

test('a shared channel copies between goroutines of one isolate, too', async () => {
  const values = chan<{ n: number }>();
  await go((it: Chan<{ n: number }>) => it.length, values);
  const value = { n: 1 };
  const received = values.recv();
  await values.send(value);
  expect(await received).toEqual(value);
  expect(await received).not.toBe(value);
});
