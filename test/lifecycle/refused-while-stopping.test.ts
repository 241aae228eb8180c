import { expect, test } from 'vitest';
import { runProgram } from '../program.js';

test.each(['bytes', 'object', 'moved'])(
  'an isolate that is being terminated sees no damaged value, and ends if its termination was lost: %s',
  async (what) => {
    const args = [what];
    const ending = await runProgram('lifecycle/fixtures/refused-while-stopping.mjs', { args });
    expect(ending).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(JSON.parse(ending.stdout)).toEqual({ ending: 'terminated', out: 'nothing' });
  },
);
