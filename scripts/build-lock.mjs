// One build at a time per checkout: two runs that start together must not write the same products.
//
// The lock is the folder `.build.lock`, which holds its owner's pid. It is prepared under another
// name and renamed into place, so it never exists without a pid. A lock whose owner has died is
// renamed away before it is removed: of several waiters only one can do that, and it looks again
// at whose lock it took, for a live one may have come in between.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { root } from './commands.mjs';

const lock = join(root, '.build.lock');
/** Short beside any build, long beside a look at a folder. */
const POLL_MS = 100;

/** Runs `work` while this process holds the build lock. */
export async function withBuildLock(work) {
  await acquire();
  const release = () => rmSync(lock, { recursive: true, force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

async function acquire() {
  let announced = false;
  while (!tryAcquire()) {
    const owner = ownerOf(lock);
    if (owner !== undefined && !isAlive(owner)) {
      discard(owner);
      continue;
    }
    if (!announced && owner !== undefined) {
      announced = true;
      process.stderr.write(
        `waiting for another build (pid ${owner}); if there is none, remove .build.lock\n`,
      );
    }
    await sleep(POLL_MS);
  }
}

function tryAcquire() {
  const prepared = `${lock}-${process.pid}`;
  rmSync(prepared, { recursive: true, force: true });
  mkdirSync(prepared);
  writeFileSync(join(prepared, 'pid'), String(process.pid));
  try {
    renameSync(prepared, lock);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    // What rename says, by platform, when the target is a folder that is not empty.
    if (['EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES'].includes(error.code)) return false;
    throw error;
  }
}

function discard(deadOwner) {
  const taken = `${lock}-stale-${process.pid}`;
  try {
    renameSync(lock, taken);
    if (ownerOf(taken) !== deadOwner) renameSync(taken, lock);
  } catch {
    // Another waiter was first; the next look will tell.
  }
  rmSync(taken, { recursive: true, force: true });
}

function ownerOf(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  } catch {
    return undefined; // Released between two looks.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // Alive, and another user's.
  }
}
