import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { go } from 'gosched';
import { GOMAXPROCS } from 'gosched/runtime';
import { expect, test } from 'vitest';

test('goroutines run in parallel: two meet without either yielding', async () => {
  const before = GOMAXPROCS(2);
  // Each spins on shared state without awaiting, so both must run at the same time.
  const spin = async (mine: string, theirs: string, folder: string): Promise<boolean> => {
    const fs = await import('node:fs');
    fs.writeFileSync(folder + mine, '');
    const until = Date.now() + 10_000;
    while (!fs.existsSync(folder + theirs)) if (Date.now() > until) return false;
    return true;
  };
  const folder = mkdtempSync(join(tmpdir(), 'gosched-meet-'));
  try {
    const met = await Promise.all([go(spin, '/a', '/b', folder), go(spin, '/b', '/a', folder)]);
    expect(met).toEqual([true, true]);
  } finally {
    rmSync(folder, { recursive: true });
    GOMAXPROCS(before);
  }
});
