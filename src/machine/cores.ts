/** Cores that this process may use: those of the machine, limited by its cgroups. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { readIfThere } from './limits.js';

/** The text of a file, or null where there is none. */
export type ReadFile = (file: string) => string | null;

const CGROUPS = '/sys/fs/cgroup';
const V1_FOLDERS = ['cpu', 'cpu,cpuacct'];

/**
 * How many whole cores to start workers for, at least 1. A container with `--cpus 2` on 64 cores has 2: with more
 * workers, each would be stopped for most of every tenth of a second.
 */
export function usableCores(cores = availableParallelism(), read: ReadFile = readIfThere): number {
  return grantedCores(cores, quotaCores(read));
}

/** Whole cores of a machine with `cores` cores and a cgroup `quota` (null for none); at least 1. */
export function grantedCores(cores: number, quota: number | null): number {
  return Math.max(1, Math.min(cores, Math.floor(quota ?? cores)));
}

/**
 * Processor time granted, in cores: the smallest quota of this process's cgroup and those above it. Null for no limit.
 */
export function quotaCores(read: ReadFile = readIfThere): number | null {
  const lines = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const v2 = lines
    .find(([id, controllers]) => id === '0' && controllers === '')
    ?.slice(2)
    .join(':');
  const v1 = lines
    .find(([, controllers = '']) => controllers.split(',').includes('cpu'))
    ?.slice(2)
    .join(':');
  const quotas = [
    ...foldersUpTo(v2 ?? '/').map((folder) => quotaOf({ v2: read(path.join(CGROUPS, folder, 'cpu.max')) })),
    ...V1_FOLDERS.flatMap((mount) =>
      foldersUpTo(v1 ?? '/').map((folder) => {
        const file = (name: string) => read(path.join(CGROUPS, mount, folder, name));
        return quotaOf({ v1Quota: file('cpu.cfs_quota_us'), v1Period: file('cpu.cfs_period_us') });
      }),
    ),
  ].filter((quota) => quota !== null);
  return quotas.length === 0 ? null : Math.min(...quotas);
}

/** `/a/b`, `/a`, `/`. A path outside the container's own view (`/../..`) becomes `/`, the only visible folder. */
function foldersUpTo(folder: string): string[] {
  const whole = path.resolve('/', folder);
  return whole === '/' ? ['/'] : [whole, ...foldersUpTo(path.dirname(whole))];
}

/**
 * Cores granted by `cpu.max` of cgroup version 2 (`max 100000`, `150000 100000`), or by the quota of version 1 (-1 for
 * none).
 */
export function quotaOf(files: {
  readonly v2?: string | null;
  readonly v1Quota?: string | null;
  readonly v1Period?: string | null;
}): number | null {
  const { v2 = null, v1Quota = null, v1Period = null } = files;
  const [quota, period] = v2 === null ? [v1Quota, v1Period] : v2.trim().split(/\s+/);
  const [granted, each] = [Number(quota ?? Number.NaN), Number(period ?? Number.NaN)];
  return granted > 0 && each > 0 ? granted / each : null;
}
