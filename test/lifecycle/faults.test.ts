import { expect, test } from 'vitest';
import { runProgram } from '../program.js';
import { seeded } from '../seed.js';

// A few kills each, of what `npm run faults` does a thousand of.
test.each(['all', 'send', 'recv', 'select', 'lock', 'timer', 'spawn', 'encode'])(
  'isolates that are killed at random moments lose nothing that is not theirs: %s',
  async (what) => {
    const { seed } = seeded();
    const args = ['--kills', '4', '--seed', `${seed}`, '--what', what];
    const ending = await runProgram('lifecycle/fixtures/faults/load.mjs', { args });
    expect(ending).toMatchObject({ signal: null, stderr: '' });
    expect(JSON.parse(ending.stdout)).toMatchObject({
      kills: 4,
      problems: [],
      lost: 0,
      duplicated: 0,
      hung: 0,
      goroutinesLeft: 0,
      threadsLeft: 0,
      lockIsFree: true,
    });
    expect(ending.code).toBe(0);
  },
);
