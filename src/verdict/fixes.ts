/** Fixes for a generator that was late, by its cause. More workers help only if a core is free for them. */

import type { CellResult, WorkerResult } from '../metrics/cell-result.js';
import { workerCountOf } from '../metrics/client-result.js';
import { grainUsOf, LIMITS } from './limits.js';

export const FREE_A_CORE = 'stop other work on this machine, use fewer workers (-w), or run the target elsewhere';
/** For a server on this machine: it and the generator have the cores between them. */
export const FREE_THE_SERVER = 'stop other work on this machine, or run the generator on another one';
export const RAISE_QUOTA = 'raise the CPU quota of this container, or lower the load';
export const LET_IT_RUN =
  'run it again and let it run: no Ctrl-Z, debugger, docker pause or sleep; give the machine memory if it swaps';

/** Where a run took place. Fixes are chosen by it. */
export interface Setting {
  readonly workers: number;
  /** Cores of this machine; null if unknown. */
  readonly cores: number | null;
  /** `embedded`: wsurge starts the target itself; `local`: it runs on this machine. */
  readonly target: 'embedded' | 'local' | 'remote';
}

const ADD_WORKERS = 'add workers: -w ';

/**
 * The fixes that can be followed here, in the given order. Fixes that contradict each other become one: more workers do
 * not help if workers already wait for a processor, and what frees a core for the server frees one for the workers.
 */
export function possibleFixes(fixes: readonly (string | null)[], setting: Setting): (string | null)[] {
  const isShort = fixes.includes(FREE_A_CORE) || (setting.cores !== null && setting.workers >= setting.cores);
  return fixes.map((fix) => {
    if (fix === null || fix === '') return null;
    return fix === FREE_A_CORE || fix === FREE_THE_SERVER || (isShort && fix.includes(ADD_WORKERS))
      ? freeACore(setting)
      : fix;
  });
}

function freeACore({ workers, target }: Setting): string {
  const ways = ['stop other work on this machine'];
  if (workers > 1) ways.push(`use fewer workers: -w ${workers - 1}`);
  if (target === 'local') ways.push('run the target elsewhere');
  ways.push('lower the load: -R, -c');
  return `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`;
}

/** Up to this many grains of lateness, a finer pacing helps. */
const FEW_GRAINS = 5;
/** More files than a process has open beside its connections. */
const OTHER_FILES = 1024;
/** The limit that most guides name; enough for most. */
const USUAL_OPEN_FILES = 65_536;

export function moreWorkers({ client }: CellResult): string {
  return `${ADD_WORKERS}${workerCountOf(client) + 1}, on a machine with a free core for each`;
}

/** The fix for a worker that was kept from running: stopped, throttled or starved. Null if it could run. */
export function freeIt(cell: CellResult, { pausedMs, runQueueWait }: WorkerResult): string | null {
  if (isPast(pausedMs, LIMITS.clock_paused.invalid) || isPast(cell.client.suspendedMs, 0)) return LET_IT_RUN;
  if (isPast(cell.client.throttled, LIMITS.cpu_throttled.degraded)) return RAISE_QUOTA;
  return isPast(runQueueWait, LIMITS.cpu_starved.degraded) ? FREE_A_CORE : null;
}

/**
 * The fix for a lateness of `us` microseconds: the worker was kept from running, its pacing is coarse, or its work too
 * much.
 */
export function wakeFiner(cell: CellResult, worker: WorkerResult, us: number): string {
  const kept = freeIt(cell, worker);
  if (kept !== null) return kept;
  const isBusy = isPast(worker.busy, LIMITS.client_busy.degraded);
  if (!isBusy && us <= FEW_GRAINS * grainUsOf(cell.pacing)) {
    if (cell.pacing === 'timer') return 'use --pacing metronome: it wakes the workers within half a millisecond';
    if (cell.pacing === 'metronome') return 'use --pacing spin, which takes a whole core for each worker';
  }
  return `${moreWorkers(cell)}; or lower the rate: -R`;
}

/** The fix for connects that failed on this side, by their error codes. */
export function connectFix(codes: ReadonlySet<string>, asked: number): string {
  const fixes: string[] = [];
  if (codes.has('EMFILE')) {
    const enough = Math.max(USUAL_OPEN_FILES, 2 ** Math.ceil(Math.log2(asked + OTHER_FILES)));
    fixes.push(`raise ulimit -n to ${enough}`);
  }
  if (codes.has('ENFILE')) fixes.push("raise the machine's limit of open files: sysctl -w fs.file-max=1000000");
  if (codes.has('EADDRNOTAVAIL')) {
    fixes.push('use more local ports: sysctl -w net.ipv4.ip_local_port_range="1024 65535"');
  }
  if (['ENOBUFS', 'ENOMEM', 'EAGAIN'].some((code) => codes.has(code))) {
    fixes.push('free memory on this machine, or ask for fewer connections: -c');
  }
  return fixes.length === 0 ? 'connect slower: lower --connect-rate, or add workers: -w' : fixes.join('; ');
}

function isPast(value: number | null, limit: number): boolean {
  return value !== null && value > limit;
}
