import { performance } from 'node:perf_hooks';
import { procOfThisSystem, statOf } from '../src/machine/proc/proc-files.js';

/** Linux counts CPU time in /proc in 1/100 s. */
const SECONDS_PER_TICK = 0.01;

/** If other processes use more than this share of a core, they disturb the measurement. An idle system uses less. */
export const DISTURBED_CORES = 0.1;

/** CPU that this process and the server had used by an instant. Only differences mean something. */
interface CpuMark {
  readonly atSeconds: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly serverSeconds: number | null;
  /** All processes of the machine. */
  readonly machineSeconds: number | null;
}

/** CPU over a stretch of time. Null if /proc does not say. */
export interface CpuWindow {
  readonly seconds: number;
  /** Of this process. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly serverSeconds: number | null;
  /** Of all other processes of this machine. */
  readonly othersSeconds: number | null;
}

/** Reads the CPU time of all threads of this process, and of the server if there is one. */
export function markCpu(serverPid: number | null): CpuMark {
  const { user, system } = process.cpuUsage();
  return {
    atSeconds: performance.now() / 1000,
    userSeconds: user / 1e6,
    systemSeconds: system / 1e6,
    serverSeconds: serverPid === null ? null : cpuSecondsOf(serverPid),
    machineSeconds: parseMachineCpu(procOfThisSystem()?.readText('/proc/stat') ?? ''),
  };
}

/** From a mark to now. */
export function cpuSince(mark: CpuMark, serverPid: number | null): CpuWindow {
  const now = markCpu(serverPid);
  const userSeconds = now.userSeconds - mark.userSeconds;
  const systemSeconds = now.systemSeconds - mark.systemSeconds;
  const serverSeconds = less(now.serverSeconds, mark.serverSeconds);
  const machineSeconds = less(now.machineSeconds, mark.machineSeconds);
  return {
    seconds: now.atSeconds - mark.atSeconds,
    ...{ userSeconds, systemSeconds, serverSeconds },
    othersSeconds: less(machineSeconds, userSeconds + systemSeconds + (serverSeconds ?? 0)),
  };
}

/** Shares of one core that each side used, and all other processes; 1 is a whole core. */
export function coresOf({ seconds, userSeconds, systemSeconds, serverSeconds, othersSeconds }: CpuWindow) {
  return {
    clientCores: (userSeconds + systemSeconds) / seconds,
    serverCores: serverSeconds === null ? null : serverSeconds / seconds,
    othersCores: othersSeconds === null ? null : othersSeconds / seconds,
  };
}

function less(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

/** CPU time of a process so far; null without /proc, or if there is no such process. */
export function cpuSecondsOf(pid: number): number | null {
  const proc = procOfThisSystem();
  const stat = proc === null ? null : statOf(proc, pid);
  return stat === null ? null : stat.ownTicks * SECONDS_PER_TICK;
}

/**
 * CPU time that all cores spent at work so far, by the text of /proc/stat; null for any other text. Interrupts are part
 * of it: they run in the time of the process that they interrupt.
 */
export function parseMachineCpu(stat: string): number | null {
  const fields = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(' ').map(Number);
  if (fields === undefined || fields.length < 7 || fields.some(Number.isNaN)) return null;
  const [user, nice, system, , , irq, softirq] = fields;
  return (user! + nice! + system! + irq! + softirq!) * SECONDS_PER_TICK;
}

/**
 * CPU time of the children that a process has waited for, by the text of its /proc/PID/stat; null for any other text.
 */
export function parseWaitedCpu(stat: string): { readonly userSeconds: number; readonly systemSeconds: number } | null {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/);
  const [user, system] = [Number(fields[13]), Number(fields[14])];
  if (!Number.isFinite(user) || !Number.isFinite(system)) return null;
  return { userSeconds: user * SECONDS_PER_TICK, systemSeconds: system * SECONDS_PER_TICK };
}
