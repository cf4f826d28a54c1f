import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../errors.js';
import { allProcesses, type ProcFiles, statOf } from '../machine/proc/proc-files.js';
import type { ProcessStat } from '../machine/proc/proc-text.js';

const POLL_MS = 20;
/** How long to wait for a killed process to end before an error is reported. */
export const KILL_WAIT_MS = 5000;

/**
 * All processes that descend from the leader of a process group: the members of the group, and descendants that left it
 * for a group of their own, if /proc shows them.
 */
export class ProcessGroup {
  readonly #leader: number;
  readonly #proc: ProcFiles | null;
  readonly #leaderStart: number | null;
  /** Pid and start time of every descendant seen, so that none is lost when its parent ends. */
  readonly #seen = new Map<number, number>();

  /** `startTicks`: the start time of the leader, if the caller knows it. Without it the leader must be running now. */
  constructor(leader: number, proc: ProcFiles | null, startTicks?: number | null) {
    this.#leader = leader;
    this.#proc = proc;
    if (startTicks !== undefined) this.#leaderStart = startTicks;
    else this.#leaderStart = proc === null ? null : (statOf(proc, leader)?.startTicks ?? null);
  }

  /** Clock ticks from boot to the start of the leader; null without /proc. */
  get startTicks(): number | null {
    return this.#leaderStart;
  }

  /** Sends the signal to all processes of the group that are alive. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#proc === null) {
      kill(-this.#leader, signal);
      return;
    }
    const alive = this.#alive(this.#proc);
    if (alive.some(({ groupId }) => groupId === this.#leader)) kill(-this.#leader, signal);
    for (const { pid, groupId } of alive) if (groupId !== this.#leader) kill(pid, signal);
  }

  /** Waits until all of them have ended. False if one still runs after `timeoutMs`. */
  async gone(timeoutMs: number): Promise<boolean> {
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      if (this.#isGone()) return true;
      if (waitedMs >= timeoutMs) return false;
      await delay(POLL_MS);
    }
  }

  #isGone(): boolean {
    return this.#proc === null ? !kill(-this.#leader, 0) : this.#alive(this.#proc).length === 0;
  }

  /** Zombies count as gone: only their parent can remove them. */
  #alive(proc: ProcFiles): ProcessStat[] {
    const all = allProcesses(proc);
    const byPid = new Map(all.map((process) => [process.pid, process]));
    const leader = byPid.get(this.#leader);
    // The kernel reuses a pid only when its group is empty. A group of that id then belongs to somebody else.
    const groupIsOurs = leader === undefined || leader.startTicks === this.#leaderStart;
    for (let before = -1; before !== this.#seen.size; ) {
      before = this.#seen.size;
      for (const process of all) {
        const parent = byPid.get(process.parentPid);
        const inGroup = groupIsOurs && process.groupId === this.#leader;
        if (inGroup || (parent !== undefined && this.#isSeen(parent))) this.#seen.set(process.pid, process.startTicks);
      }
    }
    return all.filter((process) => this.#isSeen(process) && process.state !== 'Z');
  }

  #isSeen(process: ProcessStat): boolean {
    return this.#seen.get(process.pid) === process.startTicks;
  }
}

/** False if there is no such process. */
function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    // The process belongs to another user: it exists, and we may not end it.
    if (codeOf(error) === 'EPERM') return true;
    throw error;
  }
}
