import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from './where.js';

const JOBS = 5000;
const WORKERS = 23;

test.each(everywhere)(
  'CH-049 CH-050 23 workers range over jobs until it is closed, capacity $capacity $place',
  async ({ start, capacity }) => {
    const jobs = chan<number>(capacity);
    const results = chan<number>(capacity);
    const workers = Array.from({ length: WORKERS }, () =>
      start(
        async (from: Chan<number>, to: Chan<number>) => {
          for await (const job of from) await to.send(job * 2);
        },
        jobs,
        results,
      ),
    );
    const feed = async (): Promise<void> => {
      for (let n = 1; n <= JOBS; n++) await jobs.send(n);
      jobs.close();
      await Promise.all(workers);
      results.close();
    };
    const fed = feed();
    let count = 0;
    let sum = 0;
    for await (const result of results) {
      count++;
      sum += result;
    }
    await fed;
    expect([count, sum]).toEqual([JOBS, JOBS * (JOBS + 1)]);
  },
);
