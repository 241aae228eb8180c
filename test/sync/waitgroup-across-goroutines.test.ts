import { chan, WaitGroup, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { places } from '../chan/where.js';

test.each(places)('SYN-024 two groups as barriers, 8 rounds, $place', async ({ start }) => {
  const GOROUTINES = 16;
  const [first, second] = [new WaitGroup(), new WaitGroup()];
  for (let round = 0; round < 8; round++) {
    first.add(GOROUTINES);
    second.add(GOROUTINES);
    const exited = chan<boolean>(GOROUTINES);
    for (let n = 0; n < GOROUTINES; n++) {
      start(
        async (one: WaitGroup, two: WaitGroup, out: Chan<boolean>) => {
          one.done();
          await two.wait();
          await out.send(true);
        },
        first,
        second,
        exited,
      );
    }
    await first.wait();
    for (let n = 0; n < GOROUTINES; n++) {
      expect(exited.tryRecv()).toBe(undefined);
      second.done();
    }
    for (let n = 0; n < GOROUTINES; n++) expect(await exited.recv()).toBe(true);
  }
});

test.each(places)('SYN-026 wait never returns before all have ended, $place', async ({ start }) => {
  for (let round = 0; round < 200; round++) {
    const wg = new WaitGroup();
    const marks = chan<number>(2);
    wg.add(2);
    for (let n = 0; n < 2; n++) {
      start(
        async (it: WaitGroup, out: Chan<number>) => {
          await out.send(1);
          it.done();
        },
        wg,
        marks,
      );
    }
    await wg.wait();
    expect(marks.length).toBe(2);
  }
});

test.each(places)('goroutines that start goroutines are waited for, $place', async ({ start }) => {
  const wg = new WaitGroup();
  const count = chan<number>(20);
  const parent = async (it: WaitGroup, out: Chan<number>): Promise<void> => {
    const { go } = await import('gosched');
    const child = async (group: WaitGroup, to: Chan<number>): Promise<void> => {
      await to.send(1);
      group.done();
    };
    it.add(2);
    go(child, it, out);
    go(child, it, out);
    it.done();
  };
  wg.add(10);
  for (let n = 0; n < 10; n++) start(parent, wg, count);
  await wg.wait();
  expect(count.length).toBe(20);
});
