/** What to do about a generator that was late, by what made it late: more workers help only where a core is free for them. */
import type { CellResult, WorkerResult } from '../metrics/cell-result.js';
import { grainUsOf, LIMITS } from './limits.js';

export const FREE_A_CORE = 'stop other work on this machine, use fewer workers (-w), or run the target elsewhere';
export const RAISE_QUOTA = 'raise the CPU quota of this container, or lower the load';
export const LET_IT_RUN =
  'run it again and let it run: no Ctrl-Z, debugger, docker pause or sleep; give the machine memory if it swaps';

/** Where a run took place: what can be advised there. */
export interface Setting {
  readonly workers: number;
  /** Cores of this machine; null where they are not known. */
  readonly cores: number | null;
  /** `embedded`: wsurge starts the target itself; `local`: it runs on this machine. */
  readonly target: 'embedded' | 'local' | 'remote';
}

const ADD_WORKERS = 'add workers: -w ';

/**
 * Fixes that can be followed here, in the order given. Those that contradict each other become one: more workers do not
 * help where workers already wait for a processor.
 */
export function possibleFixes(fixes: readonly (string | null)[], setting: Setting): (string | null)[] {
  const isShort = fixes.includes(FREE_A_CORE) || (setting.cores !== null && setting.workers >= setting.cores);
  return fixes.map((fix) => {
    if (fix === null || fix === '') return null;
    return fix === FREE_A_CORE || (isShort && fix.includes(ADD_WORKERS)) ? freeACore(setting) : fix;
  });
}

function freeACore({ workers, target }: Setting): string {
  const ways = ['stop other work on this machine'];
  if (workers > 1) ways.push(`use fewer workers: -w ${workers - 1}`);
  if (target === 'local') ways.push('run the target elsewhere');
  ways.push('lower the load: -R, -c');
  return `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`;
}

/** Lateness up to so many grains of the wake-up is a finer wake-up's to mend. */
const FEW_GRAINS = 5;
/** Files a process holds beside its connections, amply. */
const OTHER_FILES = 1024;
/** The limit that most guides name; enough for most. */
const USUAL_OPEN_FILES = 65_536;

export function moreWorkers({ client }: CellResult): string {
  return `${ADD_WORKERS}${client.workers.length + 1}, on a machine with a free core for each`;
}

/** Where the worker was kept from running: what kept it. Null where it could run. */
export function freeIt(cell: CellResult, { pausedMs, runQueueWait }: WorkerResult): string | null {
  if (isPast(pausedMs, LIMITS.clock_paused.invalid) || isPast(cell.client.suspendedMs, 0)) return LET_IT_RUN;
  if (isPast(cell.client.throttled, LIMITS.cpu_throttled.degraded)) return RAISE_QUOTA;
  return isPast(runQueueWait, LIMITS.cpu_starved.degraded) ? FREE_A_CORE : null;
}

/** Lateness of `us` microseconds: of a thread that was kept from running, of a coarse wake-up, or of too much work. */
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

/** By the error codes of the connects that failed on this side. */
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
