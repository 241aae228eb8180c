import { chan, type Chan } from 'gosched';
import { expect, test } from 'vitest';
import { everywhere } from '../chan/where.js';

test.each(everywhere)(
  'SEL-048 a two-phase exchange, each case made nil once used, capacity $capacity $place',
  async ({ start, capacity }) => {
    const [askA, askB] = [chan<string>(capacity), chan<string>(capacity)];
    const [tellA, tellB] = [chan<string>(capacity), chan<string>(capacity)];
    const answer = async (ask: Chan<string>, tell: Chan<string>): Promise<void> => {
      for await (const question of ask) await tell.send(`re: ${question}`);
    };
    const partners = [start(answer, askA, tellA), start(answer, askB, tellB)];
    const exchange = start(
      async (a: Chan<string>, b: Chan<string>, fromA: Chan<string>, fromB: Chan<string>) => {
        const { select } = await import('gosched');
        const seen: string[] = [];
        let putA: ReturnType<typeof a.sending> | null = a.sending('a');
        let putB: ReturnType<typeof b.sending> | null = b.sending('b');
        let getA: Chan<string> | null = null;
        let getB: Chan<string> | null = null;
        for (let left = 4; left > 0; left--) {
          const got = await select({ putA, putB, getA, getB });
          seen.push(got.key);
          if (got.key === 'putA') [putA, getA] = [null, fromA];
          else if (got.key === 'putB') [putB, getB] = [null, fromB];
          else if (got.key === 'getA') getA = null;
          else getB = null;
        }
        return seen.sort();
      },
      askA,
      askB,
      tellA,
      tellB,
    );
    expect(await exchange).toEqual(['getA', 'getB', 'putA', 'putB']);
    askA.close();
    askB.close();
    await Promise.all(partners);
  },
);
