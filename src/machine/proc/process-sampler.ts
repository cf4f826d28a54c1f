import { performance } from 'node:perf_hooks';
import { allProcesses, type ProcFiles, statOf } from './proc-files.js';
import { type ProcessStat, parseChildren, parseResidentBytes } from './proc-text.js';

/**
 * Linux reports CPU time to programs in 1/100 s on every architecture that Node supports, whatever tick the kernel
 * uses.
 */
const MS_PER_TICK = 10;

export interface ProcessSample {
  /** Monotonic clock, ms. */
  readonly atMs: number;
  /** CPU time of the process and its descendants. Only differences have a meaning; they are never negative. */
  readonly cpuMs: number;
  /** Resident memory, summed over processes. Shared pages count once for each process. */
  readonly rssBytes: number;
  /** Null if the kernel does not let us look, or if it was not asked for. */
  readonly openFds: number | null;
  /**
   * For each thread, by its number: how long it was ready to run and waited for a processor, ms. Empty if the kernel
   * does not tell.
   */
  readonly threadWaitMs: ReadonlyMap<string, number>;
}

/**
 * CPU, memory and open files of a process with all its descendants.
 *
 * CPU is utime + stime of /proc/PID/stat: its sum is the scheduler's exact run time, cut to ticks, so a difference is
 * off by less than 20 ms a process and never drifts. (The finer schedstat forgets threads that ended.)
 * Memory is VmRSS of /proc/PID/status: the rss in `stat` lags behind by per-core batches.
 */
export class ProcessSampler {
  readonly pid: number;
  readonly #proc: ProcFiles;
  readonly #nowMs: () => number;
  readonly #startTicks: number | null;
  #before = new Map<string, ProcessStat>();
  #lostTicks = 0;

  constructor(pid: number, proc: ProcFiles, nowMs: () => number = () => performance.now()) {
    this.pid = pid;
    this.#proc = proc;
    this.#nowMs = nowMs;
    this.#startTicks = statOf(proc, pid)?.startTicks ?? null;
  }

  /**
   * Null once the process has ended, even if another process has its pid by then. `openFds: false` skips the counts
   * that need one read for each connection or thread.
   */
  sample({ openFds } = { openFds: true }): ProcessSample | null {
    const root = statOf(this.#proc, this.pid);
    if (root === null || root.state === 'Z' || root.startTicks !== this.#startTicks) return null;
    const atMs = this.#nowMs();
    const tree = processTree(this.#proc, root);
    return {
      atMs,
      cpuMs: this.#cpuTicks(tree) * MS_PER_TICK,
      rssBytes: tree.reduce((sum, { pid }) => sum + residentBytes(this.#proc, pid), 0),
      openFds: openFds ? openFiles(this.#proc, tree) : null,
      threadWaitMs: openFds ? threadWaits(this.#proc, tree) : new Map(),
    };
  }

  /**
   * CPU time of children that ended. Normally it counts as waited-for time of their parent. If nobody waits for a child
   * (its parent ignores SIGCHLD, or has ended), the time last seen is kept here, so that the sum never falls.
   */
  #cpuTicks(tree: readonly ProcessStat[]): number {
    const now = new Map(tree.map((process) => [identity(process), process]));
    let gone = 0;
    let waited = 0;
    for (const [key, before] of this.#before) {
      const after = now.get(key);
      if (after === undefined) gone += before.ownTicks + before.waitedTicks;
      else waited += after.waitedTicks - before.waitedTicks;
    }
    this.#lostTicks += Math.max(0, gone - waited);
    this.#before = now;
    return tree.reduce((sum, process) => sum + process.ownTicks + process.waitedTicks, this.#lostTicks);
  }
}

function identity(process: ProcessStat): string {
  return `${process.pid}@${process.startTicks}`;
}

/** The process and all its descendants, zombies included: they still hold their CPU time. */
function processTree(proc: ProcFiles, root: ProcessStat): ProcessStat[] {
  const childrenOf = childFinder(proc, root.pid);
  const tree = [root];
  for (let next = 0; next < tree.length; next++) {
    for (const child of childrenOf(tree[next]!.pid)) {
      if (!tree.some(({ pid }) => pid === child.pid)) tree.push(child);
    }
  }
  return tree;
}

/** Finds children by the kernel's own list; on a kernel without that list, by the parent of every process. */
function childFinder(proc: ProcFiles, rootPid: number): (pid: number) => ProcessStat[] {
  if (proc.readText(`/proc/${rootPid}/task/${rootPid}/children`) === null) {
    const all = allProcesses(proc);
    return (pid) => all.filter((process) => process.parentPid === pid);
  }
  return (pid) =>
    (proc.list(`/proc/${pid}/task`) ?? [])
      .flatMap((thread) => parseChildren(proc.readText(`/proc/${pid}/task/${thread}/children`) ?? ''))
      .flatMap((child) => statOf(proc, child) ?? []);
}

function residentBytes(proc: ProcFiles, pid: number): number {
  return parseResidentBytes(proc.readText(`/proc/${pid}/status`) ?? '') ?? 0;
}

function threadWaits(proc: ProcFiles, tree: readonly ProcessStat[]): Map<string, number> {
  const waits = new Map<string, number>();
  for (const { pid } of tree) {
    for (const thread of proc.list(`/proc/${pid}/task`) ?? []) {
      const waitNs = Number(proc.readText(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')[1]);
      if (Number.isFinite(waitNs)) waits.set(thread, waitNs / 1e6);
    }
  }
  return waits;
}

function openFiles(proc: ProcFiles, tree: readonly ProcessStat[]): number | null {
  let sum = 0;
  for (const { pid, state } of tree) {
    if (state === 'Z') continue;
    const names = proc.list(`/proc/${pid}/fd`);
    if (names === null) return null;
    sum += names.length;
  }
  return sum;
}
