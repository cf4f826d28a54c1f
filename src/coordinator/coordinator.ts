import { performance } from 'node:perf_hooks';
import { type HostLoad, hostLoadBetween } from '../machine/host-load.js';
import type { CellResult, ServerResult } from '../metrics/cell-result.js';
import type { Interval } from '../metrics/interval.js';
import { CellMerger } from '../metrics/merge.js';
import { COUNTS_ALONE } from '../metrics/so-far.js';
import { type Cell, type Endpoint, GRACE_MS, longestDrainMs, type Shard } from '../plan/cell.js';
import { NOTHING_USED, type Reuse, type Used } from '../plan/hand-out.js';
import type { Pacing } from '../plan/pacing.js';
import { rowNumbers } from '../plan/row-numbers.js';
import { allRows, type Row, rowsAt } from '../plan/rows.js';
import type { AgentLeft, CellEvent } from './cell-events.js';
import { CellLines } from './cell-lines.js';
import type { GroupRunner } from './group-runner.js';
import type { HandOut } from './hand-out.js';
import { isRestarted, restartAsPlanned } from './restarts.js';
import { sleep } from './sleep.js';
import { Timeline } from './timeline.js';

/** How long to wait after a cell until the server has closed its descriptors. */
const RECOVERY_MS = 1000;
/** The same while the server works, though nothing is sent to it: it still answers what it was sent before. */
const BACKLOG_MS = 60_000;
/** A server that uses less of a core than this does not work off a backlog. */
const AT_WORK = 0.2;
const RECOVERY_STEP_MS = 50;

/** One sample of the server's process. */
export interface ServerSample {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly openFds: number | null;
  /** For each thread, by its number: how long it was ready to run and waited for a processor, ms. Absent if unknown. */
  readonly threadWaitMs?: ReadonlyMap<string, number>;
}

/** How the server is sampled. `sample` returns null once the process is gone. */
export interface ServerProbe {
  readonly engine: string | null;
  readonly pid: number | null;
  readonly unavailable: string | null;
  /** `openFds: false` does not count open files, which takes long, because a server has one for each connection. */
  sample(parts?: { readonly openFds: boolean }): ServerSample | null;
}

/** Decides during a cell whether to measure it longer. */
export interface Extension {
  /** The longest measured time of this cell, ms. Equal to its duration if it may not be extended. */
  longestMs(cell: Cell): number;
  /**
   * Called shortly before the planned end. Returns the total measured time wanted (ms); `currentMs` lets the cell end.
   */
  durationMs(cell: Cell, currentMs: number, soFar: CellResult): number;
  /** The cell with its final measured time. */
  measured(cell: Cell): Cell;
}

export interface CellDeps {
  readonly runner: GroupRunner;
  readonly workers: number;
  readonly pacing: Pacing;
  readonly endpoint: Endpoint;
  /** Where the path of a script begins if it is relative. Absent: the working folder. */
  readonly folder?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Row[];
  /** Whether a row may be used again. Absent: `cycle`. */
  readonly reuse?: Reuse;
  /** Where the cells get their numbers and rows. Absent: every cell starts with the first ones. */
  readonly handOut?: Pick<HandOut, 'next' | 'spend'> | null;
  readonly server: ServerProbe;
  readonly host: HostLoad;
  /** Restarts the server at the same address; null if wsurge did not start it. Rejects if it does not come back. */
  readonly restart: (() => Promise<void>) | null;
  /** Absent: every cell takes its planned time. */
  readonly extension?: Extension | null;
  /** Makes texts of servers safe to print and keep. Absent: their texts are left out. */
  readonly printable?: ((text: string) => string) | undefined;
  /** When aborted, sends no more messages, drains and reports. */
  readonly stop: AbortSignal;
}

/**
 * Runs one cell on all workers: connect, t0, warm-up, measure, drain, close. Merges their reports, and samples the
 * server and this machine before and after the measure phase.
 */
export async function runCell(cell: Cell, deps: CellDeps, emit: (event: CellEvent) => void): Promise<CellResult> {
  const { runner, workers, stop } = deps;
  const groups = runner.groups(workers);
  const merger = new CellMerger(cell, groups, () => runner.workersNow());
  const lines = new CellLines(cell.id, groups, emit);
  const timeline = new Timeline(merger, emit);
  const used = deps.handOut?.next() ?? NOTHING_USED;
  const onLine = (interval: Interval) => {
    const line = withSafeWords(interval, deps.printable);
    lines.add(line);
    merger.add(line);
  };
  const onLeft = (left: AgentLeft) => {
    if (left.how === 'lost') merger.groupGone(left.workers);
    emit(left);
  };
  await runner.prepare(shardsOf(cell, deps, used), onLine, onLeft);
  const onStop = () => runner.stop(longestDrainMs(cell) + runner.timing.stopAllowanceMs);
  if (stop.aborted) onStop();
  stop.addEventListener('abort', onStop, { once: true });
  try {
    timeline.enter('connect');
    await runner.connect(runner.instantIn(runner.timing.leadMs));
    const idle = deps.server.sample();
    // Nobody is waited for who does not work.
    const rest = runner.over === null ? stop : AbortSignal.any([stop, runner.over]);
    await untilStarted(runner, rest);
    const measured = await watchMeasure(cell, deps, rest, timeline, merger);
    const outcomes = await runner.done(measured.interrupted);
    lines.flush();
    timeline.end();
    const ends = outcomes.flatMap((outcome) => (outcome.status === 'done' ? [outcome.end] : []));
    deps.handOut?.spend(
      cell,
      ends.map(({ used }) => used),
    );
    for (const end of ends) merger.groupDone(end);
    for (const outcome of outcomes) {
      if (outcome.status === 'lost') merger.groupLost(outcome.workers, outcome.error, outcome.planned);
    }
    const machines = runner.machines();
    return merger.finish({
      pacing: cell.pacing ?? deps.pacing,
      interrupted: measured.interrupted,
      phases: timeline.phases,
      server: isRestarted(cell) ? restarted(deps.server) : serverResult(deps.server, idle, measured.server),
      host: machines?.host ?? measured.host,
      ...(machines === null ? {} : { agents: machines.agents }),
      restartProblems: measured.restartProblems,
    });
  } finally {
    lines.flush();
    timeline.end();
    stop.removeEventListener('abort', onStop);
  }
}

/** Publishes t0 and waits for it. */
async function untilStarted(runner: GroupRunner, rest: AbortSignal): Promise<void> {
  const { leadMs } = runner.timing;
  const askedMs = performance.now();
  await runner.start(runner.instantIn(leadMs));
  await sleep(Math.max(0, askedMs + leadMs - performance.now()), rest);
}

/** One shard per worker. `used`: the numbers and rows that earlier cells have used. */
export function shardsOf(cell: Cell, deps: CellDeps, used: Used): Shard[] {
  const { workers, endpoint, env, data, reuse = 'cycle', pacing, extension, folder } = deps;
  const longest = extension == null ? {} : { longestMs: extension.longestMs(cell) };
  const all = allRows(data);
  const rowsFor = (from: number) =>
    rowsAt(rowNumbers({ cell, from, to: from + 1, workers }, all.total, reuse, used), all);
  return Array.from({ length: workers }, (_, worker) => ({
    cell,
    worker,
    workers,
    endpoint,
    env,
    rows: rowsFor(worker),
    reuse,
    used,
    pacing: cell.pacing ?? pacing,
    ...(folder === undefined ? {} : { folder }),
    ...longest,
  }));
}

interface Measured {
  readonly interrupted: boolean;
  readonly server: readonly [ServerSample | null, ServerSample | null];
  readonly host: ReturnType<typeof hostLoadBetween>;
  readonly restartProblems: ReadonlyMap<number, string>;
}

/**
 * Follows the cell from t0 to the end of its grace, or until `rest`. Samples server and host when the measure phase begins
 * and ends.
 */
async function watchMeasure(
  cell: Cell,
  deps: CellDeps,
  rest: AbortSignal,
  timeline: Timeline,
  merger: CellMerger,
): Promise<Measured> {
  const { stop, server, host } = deps;
  if (cell.warmupMs > 0) {
    timeline.enter('warmup');
    await sleep(cell.warmupMs, rest);
  }
  timeline.enter('measure');
  const serverBefore = server.sample();
  const hostBefore = host.sample();
  const restarts = restartAsPlanned(cell, deps.restart, rest, (event) => deps.runner.restarted(event));
  await untilMeasured(cell, deps, rest, merger);
  const interrupted = stop.aborted;
  const serverAfter = server.sample();
  const load = hostLoadBetween(hostBefore, host.sample());
  timeline.enter('drain');
  await sleep(GRACE_MS, rest);
  return { interrupted, server: [serverBefore, serverAfter], host: load, restartProblems: await restarts };
}

function restarted({ engine }: ServerProbe): ServerResult {
  return { status: 'unavailable', engine, reason: 'the plan restarted the server in the measured time' };
}

/** Waits for the planned time and for what the extension adds. */
async function untilMeasured(
  cell: Cell,
  { runner, extension }: CellDeps,
  rest: AbortSignal,
  merger: CellMerger,
): Promise<void> {
  const startMs = performance.now();
  let durationMs = cell.durationMs;
  while (extension != null && durationMs < extension.longestMs(cell) && !rest.aborted) {
    await sleep(Math.max(0, startMs + durationMs - runner.timing.decisionMs - performance.now()), rest);
    const soFar = merger.soFar(performance.now() - startMs, { ...COUNTS_ALONE, intervals: true });
    const wantedMs = extension.durationMs(cell, durationMs, soFar);
    // If the workers have ended, nothing can be extended.
    if (wantedMs <= durationMs || performance.now() - startMs >= durationMs || rest.aborted) break;
    durationMs = wantedMs;
    runner.extend(durationMs);
    merger.extend(durationMs);
  }
  await sleep(Math.max(0, startMs + durationMs - performance.now()), rest);
}

function serverResult(
  probe: ServerProbe,
  idle: ServerSample | null,
  [before, after]: readonly [ServerSample | null, ServerSample | null],
): ServerResult {
  const { engine, pid, unavailable } = probe;
  if (unavailable !== null || pid === null) {
    return { status: 'unavailable', engine, reason: unavailable ?? 'no process to look at' };
  }
  if (before === null) return { status: 'unavailable', engine, reason: 'the process is gone' };
  if (after === null) return { status: 'unavailable', engine, reason: 'the process ended during the measurement' };
  const elapsedMs = after.atMs - before.atMs;
  return {
    ...{ status: 'measured', engine, pid },
    cpuPercent: elapsedMs > 0 ? ((after.cpuMs - before.cpuMs) / elapsedMs) * 100 : null,
    rssBytes: after.rssBytes,
    idleRssBytes: idle?.rssBytes ?? null,
    openFds: after.openFds,
    waited: waitedShare(before, after, elapsedMs),
  };
}

/**
 * The share of the time that the thread with the longest wait has waited. Null if no thread is known in both samples.
 */
function waitedShare(before: ServerSample, after: ServerSample, elapsedMs: number): number | null {
  const waits = [...(after.threadWaitMs ?? [])].flatMap(([thread, waitMs]) => {
    const earlierMs = before.threadWaitMs?.get(thread);
    return earlierMs === undefined ? [] : [waitMs - earlierMs];
  });
  return waits.length === 0 || elapsedMs <= 0 ? null : Math.max(0, ...waits) / elapsedMs;
}

/**
 * Between two cells, waits until the server has no more open files than before the first cell. At most a second, or a
 * minute while it is at work: a server that was overloaded lets nobody in until it has done what it was sent.
 */
export async function recovered(
  server: ServerProbe,
  fdsBefore: number | null,
  stop: AbortSignal,
  nowMs = () => performance.now(),
): Promise<void> {
  if (fdsBefore === null) return sleep(RECOVERY_MS, stop);
  const startMs = nowMs();
  let before = server.sample();
  while (!stop.aborted && before !== null && before.openFds !== null && before.openFds > fdsBefore) {
    await sleep(RECOVERY_STEP_MS, stop);
    const now = server.sample();
    const isAtWork = now !== null && now.cpuMs - before.cpuMs >= AT_WORK * (now.atMs - before.atMs);
    if (nowMs() - startMs >= (isAtWork ? BACKLOG_MS : RECOVERY_MS)) return;
    before = now;
  }
}

/** Makes the server's texts in a line safe before it is written or shown. */
function withSafeWords(line: Interval, printable: CellDeps['printable']): Interval {
  if (line.errors.every(({ said }) => said === undefined)) return line;
  const errors = line.errors.map(({ said, ...error }) =>
    said === undefined || printable === undefined ? error : { ...error, said: printable(said) },
  );
  return { ...line, errors };
}
