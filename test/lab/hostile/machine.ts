/** A machine that has no more: disk, right to write, descriptors, a reader of stdout. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type LocalServer, wsServer } from '../../e2e/local-server.js';
import { type Case, type Finding, type Trial, trial } from './case.js';

async function withServer(use: (server: LocalServer) => Promise<Finding>): Promise<Finding> {
  const server = await wsServer();
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

const SHORT = ['-c', '2', '-R', '20', '-d', '2s', '-W', '0s'];

function running(name: string, more: readonly string[], how: Omit<Trial, 'args'>): Case {
  return {
    group: 'machine',
    name,
    run: () => withServer((server) => trial({ args: ['run', server.url, ...SHORT, ...more], ...how })),
  };
}

/** Results on a disk of `kilobytes`; skipped where this user may not mount one. */
async function onSmallDisk(kilobytes: number): Promise<Finding> {
  if (process.getuid?.() !== 0) return { skipped: 'only root may mount a small disk' };
  const disk = await mkdtemp(path.join(os.tmpdir(), 'wsurge-disk-'));
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', disk], { encoding: 'utf8' });
  if (mount.status !== 0) {
    await rm(disk, { recursive: true });
    return { skipped: `mount: ${(mount.error?.message ?? mount.stderr).trim()}` };
  }
  try {
    return await withServer((server) =>
      trial({ args: ['run', server.url, ...SHORT, '-o', disk], codes: [1], says: /the disk is full/ }),
    );
  } finally {
    spawnSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  }
}

export function machineCases(): Case[] {
  return [
    { group: 'machine', name: 'run: the disk is full', run: () => onSmallDisk(16) },
    running('run: a folder that takes no files', ['-o', '/proc/wsurge'], {
      codes: [104],
      says: /cannot write results/,
    }),
    running('run: a file in the place of the folder', ['-o', '/dev/null'], {
      codes: [104],
      says: /cannot write results/,
    }),
    running('run: 64 descriptors for 200 connections', ['-c', '200'], {
      codes: [104],
      shell: 'ulimit -n 64; exec "$@"',
    }),
    running('run: stdout closed', [], { codes: [0, 98, 99], shell: 'exec "$@" >&-' }),
    running('run: stdout and stderr closed', [], { codes: [0, 98, 99], shell: 'exec "$@" >&- 2>&-' }),
    running('run: a reader that goes away', [], { codes: [0], shell: '"$@" | head -n 1' }),
    running('run: stdout is a full device', [], { codes: [1], shell: 'exec "$@" > /dev/full', says: /disk is full/ }),
    running('run: no home, no PATH', [], { codes: [0, 98, 99], shell: 'unset HOME PATH; exec "$@"' }),
  ];
}
