import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { codeOf } from '../errors.js';

/** Limits of this process. Null: no limit, or unknown. */
export interface Limits {
  readonly openFiles: number | null;
  readonly openFilesHard: number | null;
  readonly ephemeralPorts: { readonly from: number; readonly to: number } | null;
}

/** Reads the limits of this process. Node raises its own soft limit to the hard limit when it starts. */
export function readLimits(): Limits {
  const limits = readIfThere('/proc/self/limits');
  const ports = readIfThere('/proc/sys/net/ipv4/ip_local_port_range');
  return {
    ...(limits === null ? limitsByShell() : parseOpenFiles(limits)),
    ephemeralPorts: ports === null ? null : parsePortRange(ports),
  };
}

/** Parses `Max open files` of /proc/self/limits. */
export function parseOpenFiles(text: string): Pick<Limits, 'openFiles' | 'openFilesHard'> {
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text);
  return { openFiles: parseLimit(match?.[1]), openFilesHard: parseLimit(match?.[2]) };
}

/** Parses `32768 60999`. */
export function parsePortRange(text: string): Limits['ephemeralPorts'] {
  const match = /^(\d+)\s+(\d+)\s*$/.exec(text);
  return match ? { from: Number(match[1]), to: Number(match[2]) } : null;
}

/** A number; null for `unlimited` and for an empty text. */
export function parseLimit(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** Without /proc: a shell inherits our limits and can print them. */
function limitsByShell(): Pick<Limits, 'openFiles' | 'openFilesHard'> {
  const [soft, hard] = execFileSync('sh', ['-c', 'ulimit -Sn; ulimit -Hn'], { encoding: 'utf8' }).split('\n');
  return { openFiles: parseLimit(soft?.trim()), openFilesHard: parseLimit(hard?.trim()) };
}

/** Null if the system has no such file or does not allow reading it. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return null;
    throw error;
  }
}
