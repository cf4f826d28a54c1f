// One set-up or build at a time in a checkout: a lock file that names its owner's process id.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const POLL_MS = 200;
const PATIENCE_MS = 10 * 60_000;

/**
 * Runs `work` while holding the lock in `folder`. Waits for a living owner, takes over from a dead one.
 * `onWait(pid)` is called once when there is something to wait for.
 */
export async function withLock(folder, onWait, work) {
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, '.lock');
  const release = await acquire(lock, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(lock, onWait) {
  const deadline = Date.now() + PATIENCE_MS;
  for (let waited = false; ; waited = true) {
    if (claim(lock)) return () => rmSync(lock, { force: true });
    const owner = ownerOf(lock);
    if (owner !== null && !isAlive(owner)) {
      evict(lock, owner);
      continue;
    }
    if (Date.now() > deadline)
      throw new Error(`process ${owner} has held ${lock} for too long: end it, or delete the file`);
    if (!waited) onWait(owner);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** A link appears whole or not at all, so nobody ever reads a lock without its owner. */
function claim(lock) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Moves a dead owner's lock away. If another waiter was faster and now owns the lock, puts it back. */
function evict(lock, deadOwner) {
  const aside = `${lock}.dead.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (ownerOf(aside) === deadOwner) rmSync(aside, { force: true });
  else renameSync(aside, lock);
}
