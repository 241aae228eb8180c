import { after, afterFunc, chan, go, sleep, type Chan } from 'gosched';
import { expect, test } from 'vitest';

test('TIM-009 a chain of ten, each in a goroutine of its own that sleeps on', async () => {
  const ends = chan<number>();
  let left = 10;
  const link = async (): Promise<void> => {
    if (--left > 0) {
      afterFunc(0, link);
      await after(60_000).recv(); // the chain does not wait for this
    } else {
      await ends.send(left);
    }
  };
  afterFunc(0, link);
  expect(await ends.recv()).toBe(0);
});

test('TIM-010 two goroutines that play ping-pong do not keep it from being called', async () => {
  const ball = chan<number>();
  const back = chan<number>();
  let stop = false;
  const player = async (from: Chan<number>, to: Chan<number>): Promise<void> => {
    for await (const n of from) {
      if (stop) break;
      await to.send(n + 1);
    }
    to.close();
  };
  const players = [go.local(player, ball, back), go.local(player, back, ball)];
  afterFunc(0.001, () => {
    stop = true;
  });
  await ball.send(0);
  expect(await Promise.all(players)).toEqual([undefined, undefined]);
});

test('TIM-011 stopped before: true, then false, and it is never called', async () => {
  let calls = 0;
  const call = afterFunc(5, () => calls++);
  expect(call.stop()).toBe(true);
  expect(call.stop()).toBe(false);
  await sleep(10); // a timer of the same heap, due later: the stopped one would have come first
  expect(calls).toBe(0);
});

test('TIM-012 none of a hundred that were stopped is called', async () => {
  let calls = 0;
  const all = Array.from({ length: 100 }, () => afterFunc(5, () => calls++));
  expect(all.every((call) => call.stop())).toBe(true);
  await sleep(10); // as above
  expect(calls).toBe(0);
});

test('TIM-014 reset calls it once more; it was pending or not', async () => {
  const calls = chan<string>(2);
  const call = afterFunc(60_000, () => calls.send('called'));
  expect(call.reset(1)).toBe(true);
  expect(await calls.recv()).toBe('called');
  expect(call.reset(1)).toBe(false);
  expect(await calls.recv()).toBe('called');
});

test('TIM-040 stop of one that has begun: false, at once', async () => {
  const begun = chan<void>();
  const end = chan<void>();
  const call = afterFunc(0, async () => {
    await begun.send();
    await end.recv();
  });
  await begun.next();
  expect(call.stop()).toBe(false);
  end.close();
});

test('disposing prevents the call', async () => {
  let calls = 0;
  const call = afterFunc(2, () => calls++);
  call[Symbol.dispose]();
  await sleep(5);
  expect(calls).toBe(0);
});
