import { expect, test } from 'vitest';
import { type Ending, runProgram } from '../program.js';

/** Runs a program that is told after that many milliseconds. */
function run(fixture: string, which: string, patience: number, env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  return runProgram(`lifecycle/fixtures/lock-cycle/${fixture}`, undefined, {
    args: [which],
    env: { GOSCHED_LOCK_PATIENCE: `${patience}`, ...env },
  });
}

/** Who waits for whom, as the warning says. */
function links(stderr: string): string[] {
  const lines = stderr.matchAll(/^goroutine (\d+) waits for (\w+) 0x\w+, which goroutine (\d+) has locked$/gm);
  return [...lines].map(([, who, what, holder]) => `${who} ${what} ${holder}`);
}

/** The same for each in turn: a ring of mutexes, wherever it begins. */
const ring = (...ids: number[]): string[] =>
  ids.map((id, n) => `${id} mutex ${ids[(n + 1) % ids.length]}`);

const CYCLES: readonly (readonly [which: string, links: readonly string[]])[] = [
  ['two', ring(2, 3)],
  ['three', ring(2, 3, 4)],
  ['open', ring(6, 7)],
  ['rwmutex', ['2 rwmutex 3', '3 mutex 2']],
  ['blocking', ring(2, 3)],
  ['itself', ring(2)],
  ['main', ring(0, 2)],
];

/** Without this it is a guess whose a wait is, where several goroutines live in one isolate. */
const EXACT = { GOSCHED_TRACEBACK: '1' };

test.each(CYCLES)(
  'SYN-013 goroutines that wait for each other\'s locks while others go on, one warning: %s',
  async (which, expected) => {
    const ending = await run('found.mjs', which, 50, EXACT);
    expect(ending).toMatchObject({ code: 0, stdout: 'GoschedWarning GOSCHED_LOCK_CYCLE\n' });
    expect(links(ending.stderr).sort()).toEqual([...expected].sort());
  },
);

test.each(CYCLES.filter(([which]) => which === 'blocking' || which === 'itself'))(
  'without tracebacks, where there is no doubt: %s',
  async (which, expected) => {
    const ending = await run('found.mjs', which, 50, { GOSCHED_TRACEBACK: '' });
    expect(ending).toMatchObject({ code: 0, stdout: 'GoschedWarning GOSCHED_LOCK_CYCLE\n' });
    expect(links(ending.stderr).sort()).toEqual([...expected].sort());
  },
);

test('it says where they wait and where they were created', async () => {
  const ending = await run('found.mjs', 'two', 50, EXACT);
  expect(ending.code).toBe(0);
  const shown = ending.stderr.slice(ending.stderr.indexOf('\n\ngoroutine 2 [sync.Mutex.Lock]:'));
  expect(shown).toMatch(
    /both\(\)\n.*found\.mjs:\d+:\d+\n\ton mutex 0x\w+\n(\tfor .*\n)?\tboth \(.*found\.mjs:\d+:\d+\)\ncreated by goroutine 0\n\tring/,
  );
});

test('nobody is told who does not want it', async () => {
  const ending = await run('none.mjs', 'chain', -1);
  expect(ending).toMatchObject({ code: 0, stdout: 'ended\n', stderr: '' });
});

// They wait for much longer than the patience, and no cycle is final: no warning.
test.each(['chain', 'branches', 'opposite', 'handed', 'readers', 'busy'])(
  'correct programs are left alone: %s',
  async (which) => {
    const ending = await run('none.mjs', which, 300, EXACT);
    expect(ending).toMatchObject({ code: 0, signal: null, stdout: 'ended\n', stderr: '' });
  },
);
