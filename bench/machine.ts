import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { describeGenerator } from '../src/machine/environment.js';
import { readLimits } from '../src/machine/limits.js';
import type { GeneratorEnvironment } from '../src/metrics/environment.js';

/** The cores on which the two sides run, null if they are not pinned. `pinning` says which in words. */
export interface Machine {
  readonly environment: GeneratorEnvironment;
  readonly serverCore: number | null;
  readonly loadCore: number | null;
  readonly pinning: string;
  /** Of the last minute, before anything was started. */
  readonly loadAverage: number;
}

/** This machine, with a core for each side if it has enough. */
export function lookAtMachine(): Machine {
  const facts = { environment: describeGenerator(), loadAverage: loadavg()[0]! };
  const unpinned = (pinning: string): Machine => ({ ...facts, serverCore: null, loadCore: null, pinning });
  if (spawnSync('taskset', ['--version']).status !== 0) return unpinned('not pinned: there is no taskset');
  const status = readFileSync('/proc/self/status', 'utf8');
  const [serverCore, loadCore] = parseCoreList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '');
  if (serverCore === undefined || loadCore === undefined) return unpinned('not pinned: there is but one core');
  return { ...facts, serverCore, loadCore, pinning: `server on core ${serverCore}, load on core ${loadCore}` };
}

/** `0-2,5`: 0, 1, 2, 5. */
export function parseCoreList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return [];
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The command line that runs a command on one core; unchanged if `core` is null. */
export function pinned(core: number | null, command: readonly string[]): readonly string[] {
  return core === null ? command : ['taskset', '-c', String(core), ...command];
}

/** File descriptors that a process needs besides its sockets. */
const OWN_DESCRIPTORS = 200;

/** The connections that one process on each side may hold at once on this machine, at most `wanted`. */
export function allowedConnections(wanted: number): number {
  const { openFiles, ephemeralPorts } = readLimits();
  const byFiles = openFiles === null ? wanted : openFiles - OWN_DESCRIPTORS;
  const byPorts = ephemeralPorts === null ? wanted : ephemeralPorts.to - ephemeralPorts.from - OWN_DESCRIPTORS;
  return Math.max(1, Math.min(wanted, byFiles, byPorts));
}
