/** Was the client able to measure this cell? Only the client's side moves validity; a failing server never does. */
import type { CellResult, QuantileName, WorkerResult } from '../metrics/cell-result.js';
import type { Threshold } from '../profile/profile.js';
import { percent } from './cell-facts.js';
import { type Finding, severityOf, worstFinding } from './findings.js';
import { LET_IT_RUN, RAISE_QUOTA } from './fixes.js';
import { LIMITS } from './limits.js';
import { printedQuantiles } from './printed.js';
import { replyReasons } from './reply-judges.js';
import { stationarityReasons } from './stationarity.js';
import { judgeTarget } from './target-status.js';
import { blocked, gcPause, instrumentError, lag, paused } from './timing-judges.js';
import type { Reason, TargetStatus, Validity } from './verdict.js';
import { busy, closedLoopLimited, connectTrouble, lateRate, lostWorker, starved } from './work-judges.js';

export interface CellJudgement {
  readonly validity: Validity;
  readonly target: TargetStatus;
  readonly reasons: readonly Reason[];
}

/**
 * Both judgements of one cell with every reason: the client's first, then the target's. `thresholds` are those of the
 * run: a quantile that one of them asks for must be as good as those in the tables.
 */
export function judgeCell(cell: CellResult, thresholds: readonly Threshold[]): CellJudgement {
  const reasons = clientReasons(cell, printedQuantiles(cell, thresholds));
  const validity = validityOf(reasons);
  const target = judgeTarget(cell, validity);
  return { validity, target: target.status, reasons: [...reasons, ...target.reasons] };
}

/** The worst that client reasons say. */
export function validityOf(reasons: readonly Reason[]): Validity {
  let worst: Validity = 'valid';
  for (const { side, severity } of reasons) {
    if (side !== 'client' || severity === 'note') continue;
    if (severity === 'invalid') return 'invalid';
    worst = 'degraded';
  }
  return worst;
}

function clientReasons(cell: CellResult, printed: readonly QuantileName[]): Reason[] {
  const perWorker: readonly [code: string, judge: (worker: WorkerResult) => Finding | null][] = [
    ['worker_lost', lostWorker],
    ['clock_paused', paused],
    ['client_rate', (worker) => lateRate(cell, worker)],
    ['client_connect', (worker) => connectTrouble(cell, worker)],
    ['client_lag', (worker) => lag(cell, printed, worker)],
    ['client_busy', (worker) => busy(cell, worker)],
    ['client_limited', (worker) => closedLoopLimited(cell, worker)],
    ['client_blocked', (worker) => blocked(cell, printed, worker)],
    ['cpu_starved', starved],
    ['gc_pause', (worker) => gcPause(cell, printed, worker)],
    ['instrument_error', (worker) => instrumentError(cell, worker)],
  ];
  const reasons = perWorker.flatMap(([code, judge]) => {
    const worst = worstFinding(cell.client.workers, judge);
    return worst === null ? [] : [{ code, side: 'client' as const, cell: cell.id, ...worst }];
  });
  return [...replyReasons(cell), ...reasons, ...hostReasons(cell), ...stationarityReasons(cell), ...lawReasons(cell)];
}

function hostReasons(cell: CellResult): Reason[] {
  const { throttled, steal, suspendedMs } = cell.client;
  const share = (code: 'cpu_throttled' | 'cpu_steal', value: number | null, what: string, fix: string) => {
    const severity = value === null ? null : severityOf(value, LIMITS[code]);
    if (value === null || severity === null) return [];
    const message = `${percent(value)} of the measured time was ${what} (limit ${percent(LIMITS[code][severity])})`;
    return [{ code, side: 'client' as const, severity, cell: cell.id, message, fix, measure: value }];
  };
  return [
    ...suspensions(cell, suspendedMs ?? 0),
    ...share('cpu_throttled', throttled, 'lost to the cgroup quota', RAISE_QUOTA),
    ...share('cpu_steal', steal, 'taken by the hypervisor', 'run on a machine with dedicated cores'),
  ];
}

/** The machine slept: its monotonic clock stood still, so that no worker can have seen it. */
function suspensions(cell: CellResult, suspendedMs: number): Reason[] {
  const severity = severityOf(suspendedMs, LIMITS.clock_paused);
  if (severity === null) return [];
  const message = `the machine slept for ${(suspendedMs / 1000).toFixed(1)} s of the measured time`;
  return [{ code: 'clock_paused', side: 'client', severity, cell: cell.id, message, fix: LET_IT_RUN }];
}

function lawReasons(cell: CellResult): Reason[] {
  const severity = severityOf(cell.laws.length, LIMITS.conservation);
  const first = cell.laws[0];
  if (first === undefined || severity === null) return [];
  const more = cell.laws.length === 1 ? '' : `, and ${cell.laws.length - 1} more`;
  return [
    {
      code: 'conservation',
      side: 'client',
      severity,
      cell: cell.id,
      message: `the counters contradict each other: ${first.law} is ${first.left} against ${first.right} (${first.where})${more}`,
      fix: 'this is a bug of wsurge: please report it with the run folder',
    },
  ];
}
