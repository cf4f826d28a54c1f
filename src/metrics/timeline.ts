/** A cell second by second, made anew from its lines alone: what a chart, a CSV file or a histogram log shows. */
import type { Phase } from '../plan/cell.js';
import { COUNTERS, type CounterName, namedCounters } from './counters.js';
import { type Interval, LATENCIES, type LatencyName, type SparseCounts } from './interval.js';
import type { ServerSecond } from './server-second.js';

/** Messages due in one second of one phase, over all workers. */
export interface MessageSecond {
  readonly phase: Phase;
  /** From the start of the phase, from 0. */
  readonly second: number;
  readonly counters: Readonly<Record<CounterName, number>>;
  readonly histograms: Readonly<Record<LatencyName, SparseCounts>>;
}

/** What the workers' lines say of one second of wall time: sums over workers, and of their health the worst. */
export interface WallSecond {
  /** Whole seconds from t0; negative before it. */
  readonly fromT0: number;
  readonly stage: Interval['stage'];
  readonly open: number;
  readonly opened: number;
  readonly failed: number;
  readonly closed: number;
  /** Errors of any phase. */
  readonly errors: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly busy: number;
  readonly blockedMs: number;
  readonly gcPauseMs: number;
  /** Null where the kernel does not say. */
  readonly runQueueWaitMs: number | null;
  /** Of all workers together; 100 = one core; null where the kernel does not say. */
  readonly cpuPercent: number | null;
}

export interface CellTimeline {
  readonly cell: string;
  readonly messages: readonly MessageSecond[];
  readonly wall: readonly WallSecond[];
  /** Of the measured time, in order; none where the run wrote none. */
  readonly server: readonly ServerSecond[];
}

/** One timeline a cell, in the order in which the cells first appear. */
export function timelinesOf(
  intervals: readonly Interval[],
  serverSeconds: readonly ServerSecond[] = [],
): CellTimeline[] {
  const byCell = new Map<string, Interval[]>();
  for (const interval of intervals) {
    const lines = byCell.get(interval.cell) ?? [];
    lines.push(interval);
    byCell.set(interval.cell, lines);
  }
  return [...byCell].map(([cell, lines]) => ({
    cell,
    messages: messageSeconds(lines),
    wall: wallSeconds(lines),
    server: serverSeconds.filter((second) => second.cell === cell).sort((a, b) => a.second - b.second),
  }));
}

interface MessageSums {
  readonly phase: Phase;
  readonly second: number;
  readonly counters: Float64Array;
  readonly buckets: Readonly<Record<LatencyName, Map<number, number>>>;
}

function messageSeconds(lines: readonly Interval[]): MessageSecond[] {
  const sums = new Map<string, MessageSums>();
  for (const { flow } of lines) {
    for (const { phase, second, counters, histograms } of flow) {
      const key = `${phase} ${second}`;
      const sum = sums.get(key) ?? newSums(phase, second);
      sums.set(key, sum);
      for (let i = 0; i < counters.length; i++) sum.counters[i]! += counters[i]!;
      for (const name of LATENCIES) addSparse(sum.buckets[name], histograms[name]);
    }
  }
  return [...sums.values()].sort(byPhaseAndSecond).map(({ phase, second, counters, buckets }) => ({
    phase,
    second,
    counters: namedCounters(counters),
    histograms: {
      response: sparseOf(buckets.response),
      service: sparseOf(buckets.service),
      lag: sparseOf(buckets.lag),
    },
  }));
}

function newSums(phase: Phase, second: number): MessageSums {
  const buckets = { response: new Map(), service: new Map(), lag: new Map() };
  return { phase, second, counters: new Float64Array(COUNTERS.length), buckets };
}

function byPhaseAndSecond(a: MessageSums, b: MessageSums): number {
  const rank = ({ phase, second }: MessageSums) => (phase === 'warmup' ? 0 : 1e9) + second;
  return rank(a) - rank(b);
}

function addSparse(buckets: Map<number, number>, sparse: SparseCounts): void {
  for (let i = 0; i < sparse.length; i += 2) {
    buckets.set(sparse[i]!, (buckets.get(sparse[i]!) ?? 0) + sparse[i + 1]!);
  }
}

function sparseOf(buckets: ReadonlyMap<number, number>): SparseCounts {
  return [...buckets].sort((a, b) => a[0] - b[0]).flat();
}

/** Shares (busy, waiting) of a line shorter than this are left out: so short a time says nothing. */
const SHORTEST_HEALTH_MS = 50;

function wallSeconds(lines: readonly Interval[]): WallSecond[] {
  const placed = linesFromT0(lines);
  const workers = new Set(lines.map(({ worker }) => worker));
  const open = new Map([...workers].map((worker): [number, number] => [worker, 0]));
  const seconds = new Map<number, Interval[]>();
  for (const { line, fromT0 } of placed) {
    const place = fromT0 + partOf(line);
    seconds.set(place, [...(seconds.get(place) ?? []), line]);
  }
  return [...seconds]
    .sort((a, b) => a[0] - b[0])
    .map(([place, own]) => {
      const fromT0 = Math.floor(place);
      for (const { worker, open: now } of own) open.set(worker, now);
      return wallSecond(fromT0, own, sum([...open.values()]));
    });
}

/** Splits a second in which the measured time begins or ends into what lies before, in and after the measured time. */
function partOf({ stage }: Interval): number {
  if (stage === 'measure') return 0.25;
  return stage === 'drain' || stage === 'close' ? 0.5 : 0;
}

/** Lines before t0 have no second. Their seconds are counted back from the first line that has one. */
function linesFromT0(lines: readonly Interval[]): { readonly line: Interval; readonly fromT0: number }[] {
  const byWorker = new Map<number, Interval[]>();
  for (const line of lines) byWorker.set(line.worker, [...(byWorker.get(line.worker) ?? []), line]);
  return [...byWorker.values()].flatMap((own) => {
    const ordered = [...own].sort((a, b) => a.line - b.line);
    const before = ordered.filter(({ second }) => second === null);
    let startMs = -sum(before.map(({ elapsedMs }) => elapsedMs));
    return ordered.map((line) => {
      if (line.second !== null) return { line, fromT0: line.second };
      const fromT0 = Math.min(-1, Math.floor(startMs / 1000));
      startMs += line.elapsedMs;
      return { line, fromT0 };
    });
  });
}

function wallSecond(fromT0: number, lines: readonly Interval[], open: number): WallSecond {
  const long = lines.filter(({ elapsedMs }) => elapsedMs >= SHORTEST_HEALTH_MS);
  const health = (long.length > 0 ? long : lines).map((line) => ({ ...line.health, elapsedMs: line.elapsedMs }));
  const most = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  return {
    fromT0,
    stage: lines[0]!.stage,
    open,
    opened: sum(lines.map(({ connections }) => connections.opened)),
    failed: sum(lines.map(({ connections }) => connections.failed)),
    closed: sum(lines.map(({ connections }) => connections.closedClean + connections.closedDirty)),
    errors: sum(lines.flatMap(({ errors }) => errors.map(({ count }) => count))),
    bytesSent: sum(lines.map(({ bytes }) => bytes.sent)),
    bytesReceived: sum(lines.map(({ bytes }) => bytes.received)),
    busy: most(health.map(({ busy }) => busy)) ?? 0,
    blockedMs: most(health.map(({ blockedMs }) => blockedMs)) ?? 0,
    gcPauseMs: most(health.map(({ gcPauseMsMax }) => gcPauseMsMax)) ?? 0,
    runQueueWaitMs: most(health.map(({ runQueueWaitMs }) => runQueueWaitMs)),
    cpuPercent: cpuPercent(long.length > 0 ? long : lines),
  };
}

/** The sum over workers of what each used of a core in its lines of this second. */
function cpuPercent(lines: readonly Interval[]): number | null {
  const byWorker = new Map<number, { cpuMs: number; elapsedMs: number }>();
  for (const { worker, health, elapsedMs } of lines) {
    if (health.cpuMs === null || elapsedMs === 0) continue;
    const known = byWorker.get(worker) ?? { cpuMs: 0, elapsedMs: 0 };
    byWorker.set(worker, { cpuMs: known.cpuMs + health.cpuMs, elapsedMs: known.elapsedMs + elapsedMs });
  }
  if (byWorker.size === 0) return null;
  return sum([...byWorker.values()].map(({ cpuMs, elapsedMs }) => (cpuMs / elapsedMs) * 100));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
