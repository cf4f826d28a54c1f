import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { codeOf } from '../../errors.js';
import { type ProcessStat, parseProcessStat } from './proc-text.js';

/**
 * Reads below /proc. Null if the process is gone or must not be seen. Synchronous, so that a sample is taken at one
 * moment.
 */
export interface ProcFiles {
  readText(path: string): string | null;
  list(path: string): readonly string[] | null;
  readLink(path: string): string | null;
}

const UNSEEN = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR']);

function unlessUnseen<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (UNSEEN.has(codeOf(error) ?? '')) return null;
    throw error;
  }
}

/** The running kernel's /proc. */
export const kernelProc: ProcFiles = {
  readText: (path) => unlessUnseen(() => readFileSync(path, 'utf8')),
  list: (path) => unlessUnseen(() => readdirSync(path)),
  readLink: (path) => unlessUnseen(() => readlinkSync(path)),
};

/** /proc of this system; null if it has none, or not the Linux kind. */
export function procOfThisSystem(platform: string = process.platform): ProcFiles | null {
  return platform === 'linux' ? kernelProc : null;
}

/** One process; null if it is gone. Zombies still exist, with state `Z`. */
export function statOf(proc: ProcFiles, pid: number): ProcessStat | null {
  const text = proc.readText(`/proc/${pid}/stat`);
  return text === null ? null : parseProcessStat(text);
}

/** The pids of all processes. */
export function allPids(proc: ProcFiles): number[] {
  return (proc.list('/proc') ?? []).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** All processes that can be seen. */
export function allProcesses(proc: ProcFiles): ProcessStat[] {
  return allPids(proc).flatMap((pid) => statOf(proc, pid) ?? []);
}
