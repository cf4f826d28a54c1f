import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { readIfThere } from './limits.js';

/** Counters of the generator's process and machine at one time. Only differences have a meaning. */
export interface HostSample {
  readonly atMs: number;
  /** Time since boot, including the machine's sleep, which `atMs` does not count; null if unknown. */
  readonly bootMs: number | null;
  /** CPU time of this process, all threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** How long its cgroups paused the process because of their quota; null if there is no quota or it is unknown. */
  readonly throttledMs: number | null;
  /** All cores, since boot; null without /proc. */
  readonly machineTicks: { readonly total: number; readonly idle: number; readonly stolen: number } | null;
}

export interface HostLoadResult {
  /** 100 = one core. */
  readonly cpuPercent: number;
  /** Share of the time, 0 to 1. Several cores paused at once are added up, so it may be too large, never too small. */
  readonly throttled: number | null;
  /** Share of the machine's time that the hypervisor gave to others, 0 to 1. */
  readonly steal: number | null;
  /** How long the machine slept, ms; null if unknown. */
  readonly suspendedMs: number | null;
  /** At the later of the two samples. */
  readonly rssBytes: number;
}

/** A shorter difference is not a sleep: times since boot have steps of 10 ms, and reading two clocks takes a moment. */
const SHORTEST_SLEEP_MS = 100;
/** How often to read both clocks again if the reader was interrupted between them. */
const MOST_READINGS = 5;
const LONGEST_READING_MS = 2;

/** Measures what the generator costs and what its host takes from it. */
export class HostLoad {
  readonly #throttleFiles: readonly string[];

  constructor() {
    this.#throttleFiles = throttleFiles(readIfThere('/proc/self/cgroup') ?? '');
  }

  sample(): HostSample {
    const { user, system } = process.cpuUsage();
    const stat = readIfThere('/proc/stat');
    return {
      ...readClocks(),
      cpuMs: (user + system) / 1000,
      rssBytes: process.memoryUsage.rss(),
      throttledMs: sumOfKnown(this.#throttleFiles.map((path) => parseThrottledMs(readIfThere(path) ?? ''))),
      machineTicks: stat === null ? null : parseMachineTicks(stat),
    };
  }
}

/** The kernel reports CPU time in 1/100 s. */
const MS_PER_TICK = 10;

/** CPU time of all cores of this machine since boot, without the time that the hypervisor took; null without /proc. */
export function machineCpuMs(): number | null {
  const ticks = parseMachineTicks(readIfThere('/proc/stat') ?? '');
  return ticks === null ? null : (ticks.total - ticks.idle - ticks.stolen) * MS_PER_TICK;
}

/** The load between sample `a` and the later sample `b`. */
export function hostLoadBetween(a: HostSample, b: HostSample): HostLoadResult {
  const elapsedMs = b.atMs - a.atMs;
  return {
    cpuPercent: elapsedMs > 0 ? (100 * (b.cpuMs - a.cpuMs)) / elapsedMs : 0,
    throttled:
      a.throttledMs === null || b.throttledMs === null ? null : share(b.throttledMs - a.throttledMs, elapsedMs),
    steal:
      a.machineTicks === null || b.machineTicks === null
        ? null
        : share(b.machineTicks.stolen - a.machineTicks.stolen, b.machineTicks.total - a.machineTicks.total),
    suspendedMs: a.bootMs === null || b.bootMs === null ? null : sleptMs(b.bootMs - a.bootMs - elapsedMs),
    rssBytes: b.rssBytes,
  };
}

function sleptMs(apartMs: number): number {
  return apartMs < SHORTEST_SLEEP_MS ? 0 : apartMs;
}

/**
 * Reads the monotonic clock and the time since boot at the same moment. On Linux they differ only by the machine's
 * sleep. Setting the time of day changes neither, so it cannot look like a sleep.
 */
function readClocks(): Pick<HostSample, 'atMs' | 'bootMs'> {
  if (process.platform !== 'linux') return { atMs: performance.now(), bootMs: null };
  for (let reading = 1; ; reading++) {
    const atMs = performance.now();
    const bootMs = os.uptime() * 1000;
    if (performance.now() - atMs <= LONGEST_READING_MS) return { atMs, bootMs };
    if (reading === MOST_READINGS) return { atMs, bootMs: null };
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}

function sumOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

/**
 * The cpu.stat files of a process's cpu cgroup and of all cgroups above it: any level may have a quota. Inside a
 * container the path may contain levels that exist on the host only; their files are missing and are skipped.
 */
export function throttleFiles(selfCgroup: string): string[] {
  return selfCgroup.split('\n').flatMap((line) => {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match === null) return [];
    const mounts = mountsOf(match[1]!.split(','));
    return mounts.flatMap((mount) => levelsOf(match[2]!).map((level) => `${mount}${level}/cpu.stat`));
  });
}

/**
 * Where a hierarchy is mounted. Version 2 (no names): at the top, or beside version 1. Version 1: by its controllers.
 */
function mountsOf(controllers: readonly string[]): string[] {
  if (controllers[0] === '') return ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
  // `cpu,cpuacct` has one link for each of its names.
  return controllers.includes('cpu') ? ['/sys/fs/cgroup/cpu'] : [];
}

/** `/a/b`: ``, `/a`, `/a/b`. */
function levelsOf(path: string): string[] {
  const names = path.split('/').filter(Boolean);
  return ['', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)];
}

/** Version 2 counts microseconds, version 1 nanoseconds. Null if the cgroup has no quota. */
export function parseThrottledMs(cpuStat: string): number | null {
  const v2 = /^throttled_usec (\d+)$/m.exec(cpuStat);
  if (v2) return Number(v2[1]) / 1000;
  const v1 = /^throttled_time (\d+)$/m.exec(cpuStat);
  return v1 ? Number(v1[1]) / 1_000_000 : null;
}

/** Parses the `cpu` line of /proc/stat. User time already includes guest time. */
export function parseMachineTicks(text: string): HostSample['machineTicks'] {
  const match = /^cpu +(.+)$/m.exec(text);
  if (match === null) return null;
  const ticks = match[1]!.trim().split(/\s+/).slice(0, 8).map(Number);
  if (ticks.length < 8 || ticks.some(Number.isNaN)) return null;
  return { total: ticks.reduce((sum, value) => sum + value, 0), idle: ticks[3]! + ticks[4]!, stolen: ticks[7]! };
}
