/** Was the client able to measure this cell? Only the client's side moves validity; a failing server never does. */
import type { CellResult, QuantileName, Quantiles, WorkerResult } from '../metrics/cell-result.js';
import { formatCount, formatMs } from '../units.js';
import {
  CLIENT_LIMITED_BUSY,
  HIGHEST_JUDGED_QUANTILE,
  JUDGED_QUANTILES,
  LIMITS,
  type Limit,
  PACING_GRAIN_US,
} from './limits.js';
import { judgeTarget } from './target-status.js';
import type { Reason, TargetStatus, Validity } from './verdict.js';

export interface CellJudgement {
  readonly validity: Validity;
  readonly target: TargetStatus;
  readonly reasons: readonly Reason[];
}

type Severity = Reason['severity'];

const RANK: Readonly<Record<Severity, number>> = { note: 0, degraded: 1, invalid: 2 };

/** Both judgements of one cell with every reason: the client's first, then the target's. */
export function judgeCell(cell: CellResult): CellJudgement {
  const reasons = clientReasons(cell);
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

/** What one worker is found guilty of; the worst worker speaks for the cell. */
interface Finding {
  readonly severity: Severity;
  /** How far past the limits, for choosing the worst: larger is worse. */
  readonly measure: number;
  readonly message: string;
}

function clientReasons(cell: CellResult): Reason[] {
  const workers = cell.client.workers;
  const more = `add workers: -w ${workers.length + 1}`;
  const perWorker: readonly [code: string, judge: (worker: WorkerResult) => Finding | null, fix: string][] = [
    [
      'worker_lost',
      lostWorker,
      "see the error; report it if it is wsurge's, lower -c or add memory if the worker ran out of it",
    ],
    ['client_rate', lateRate, `${more}, or lower the rate: -R`],
    [
      'client_connect',
      connectTrouble,
      'raise the limits (ulimit -n, net.ipv4.ip_local_port_range) or lower --connect-rate',
    ],
    ['client_lag', (worker) => lag(cell, worker), `${more}, or free the processor of other work`],
    ['client_busy', (worker) => busy(cell, worker), `${more}, on a machine with a free core for each`],
    ['client_limited', (worker) => closedLoopLimited(cell, worker), `${more} to see what the target can really do`],
    ['client_blocked', (worker) => blocked(cell, worker), `${more}, smaller messages, or a machine without other work`],
    ['cpu_starved', starved, 'stop other work on this machine, use fewer workers (-w), or run the target elsewhere'],
  ];
  const reasons = perWorker.flatMap(([code, judge, fix]) => {
    const worst = worstFinding(workers, judge);
    return worst === null ? [] : [{ code, side: 'client' as const, cell: cell.id, fix, ...worst }];
  });
  return [...reasons, ...hostReasons(cell), ...lawReasons(cell)];
}

function worstFinding(
  workers: readonly WorkerResult[],
  judge: (worker: WorkerResult) => Finding | null,
): { severity: Severity; message: string } | null {
  let worst: Finding | null = null;
  let worstWorker = 0;
  let touched = 0;
  for (const worker of workers) {
    const finding = judge(worker);
    if (finding === null) continue;
    touched++;
    if (worst === null || isWorse(finding, worst)) {
      worst = finding;
      worstWorker = worker.worker;
    }
  }
  if (worst === null) return null;
  const others = touched === 1 ? '' : `, and ${touched - 1} more of ${workers.length}`;
  return { severity: worst.severity, message: `worker ${worstWorker}${others}: ${worst.message}` };
}

function isWorse(a: Finding, b: Finding): boolean {
  return RANK[a.severity] > RANK[b.severity] || (a.severity === b.severity && a.measure > b.measure);
}

function severityOf(value: number, limit: Limit): 'degraded' | 'invalid' | null {
  if (value > limit.invalid) return 'invalid';
  return value > limit.degraded ? 'degraded' : null;
}

function lostWorker(worker: WorkerResult): Finding | null {
  if (worker.status !== 'lost') return null;
  const why = worker.error === null ? '' : `: ${worker.error}`;
  return { severity: 'invalid', measure: 1, message: `ended before its time${why}` };
}

function lateRate({ messages: m }: WorkerResult): Finding | null {
  if (m.planned === 0) return null;
  const unsent = m.planned - m.notConnected - m.dropped - m.backpressure - m.lostWithWorker - m.sent;
  const share = unsent / m.planned;
  const severity = severityOf(share, LIMITS.client_rate);
  if (severity === null) return null;
  const message = `${formatCount(unsent)} of ${formatCount(m.planned)} planned messages (${percent(share)}) were not sent in time`;
  return { severity, measure: share, message };
}

function connectTrouble(worker: WorkerResult): Finding | null {
  const share = worker.connectTrouble / Math.max(1, worker.connectAttempts);
  const severity = severityOf(share, LIMITS.client_connect);
  if (severity === null) return null;
  const message = `${formatCount(worker.connectTrouble)} of ${formatCount(worker.connectAttempts)} connects (${percent(share)}) failed or started late on this side`;
  return { severity, measure: share, message };
}

function lag(cell: CellResult, { lagUs, responseUs }: WorkerResult): Finding | null {
  if (cell.model !== 'open' || cell.ramp || lagUs === null) return null;
  const grainUs = PACING_GRAIN_US[cell.pacing];
  if (grainUs === undefined) throw new Error(`no lag limit for pacing ${cell.pacing}`);
  const { shareOfResponse, grains } = LIMITS.client_lag;
  let worst: Finding | null = null;
  for (const name of JUDGED_QUANTILES) {
    const lagAt = plain(lagUs, name);
    // Where replies are not matched there is no response time to compare with: only the grain of the way to wake counts.
    const responseAt = responseUs === null ? 0 : plain(responseUs, name);
    if (lagAt === null || responseAt === null) continue;
    const limit = {
      degraded: Math.max(shareOfResponse.degraded * responseAt, grains.degraded * grainUs),
      invalid: Math.max(shareOfResponse.invalid * responseAt, grains.invalid * grainUs),
    };
    const severity = severityOf(lagAt, limit);
    if (severity === null) continue;
    const against = responseAt === 0 ? '' : ` against a response time of ${formatMs(responseAt)} ms`;
    const message = `send lag ${name} ${formatMs(lagAt)} ms${against} (limit ${formatMs(limit[severity])} ms)`;
    const finding = { severity, measure: lagAt / limit.degraded, message };
    if (worst === null || isWorse(finding, worst)) worst = finding;
  }
  return worst;
}

function busy(cell: CellResult, worker: WorkerResult): Finding | null {
  if (cell.model === 'closed' || worker.busy === null) return null;
  const severity = severityOf(worker.busy, LIMITS.client_busy);
  if (severity === null) return null;
  const limit = percent(LIMITS.client_busy[severity]);
  return { severity, measure: worker.busy, message: `busy ${percent(worker.busy)} of the time (limit ${limit})` };
}

function closedLoopLimited(cell: CellResult, worker: WorkerResult): Finding | null {
  if (cell.model !== 'closed' || worker.busy === null || worker.busy <= CLIENT_LIMITED_BUSY) return null;
  const message = `busy ${percent(worker.busy)} of the time: the closed loop is limited by the client, its throughput is a lower bound`;
  return { severity: 'note', measure: worker.busy, message };
}

function blocked(cell: CellResult, { blockedMsMax }: WorkerResult): Finding | null {
  if (blockedMsMax === null) return null;
  const tailMs = (1 - HIGHEST_JUDGED_QUANTILE) * measuredMs(cell);
  const { ms, tails } = LIMITS.client_blocked;
  const limit = {
    degraded: Math.min(ms.degraded, Math.max(ms.grain, tails.degraded * tailMs)),
    invalid: Math.min(ms.invalid, Math.max(ms.grain, tails.invalid * tailMs)),
  };
  const severity = severityOf(blockedMsMax, limit);
  if (severity === null) return null;
  const message = `stood still for ${blockedMsMax.toFixed(0)} ms at a stretch (limit ${limit[severity].toFixed(0)} ms)`;
  return { severity, measure: blockedMsMax, message };
}

function starved({ runQueueWait }: WorkerResult): Finding | null {
  if (runQueueWait === null) return null;
  const severity = severityOf(runQueueWait, LIMITS.cpu_starved);
  if (severity === null) return null;
  const message = `waited for a processor ${percent(runQueueWait)} of the time (limit ${percent(LIMITS.cpu_starved[severity])})`;
  return { severity, measure: runQueueWait, message };
}

function hostReasons(cell: CellResult): Reason[] {
  const host: readonly [code: 'cpu_throttled' | 'cpu_steal', share: number | null, what: string, fix: string][] = [
    [
      'cpu_throttled',
      cell.client.throttled,
      'lost to the cgroup quota',
      'raise the CPU quota of this container, or lower the load',
    ],
    ['cpu_steal', cell.client.steal, 'taken by the hypervisor', 'run on a machine with dedicated cores'],
  ];
  return host.flatMap(([code, share, what, fix]) => {
    const severity = share === null ? null : severityOf(share, LIMITS[code]);
    if (share === null || severity === null) return [];
    const message = `${percent(share)} of the measured time was ${what} (limit ${percent(LIMITS[code][severity])})`;
    return [{ code, side: 'client' as const, severity, cell: cell.id, message, fix }];
  });
}

function lawReasons(cell: CellResult): Reason[] {
  const first = cell.laws[0];
  if (first === undefined) return [];
  const more = cell.laws.length === 1 ? '' : `, and ${cell.laws.length - 1} more`;
  return [
    {
      code: 'conservation',
      side: 'client',
      severity: 'invalid',
      cell: cell.id,
      message: `the counters contradict each other: ${first.law} is ${first.left} against ${first.right} (${first.where})${more}`,
      fix: 'this is a bug of wsurge: please report it with the run folder',
    },
  ];
}

/** Length of the measure phase as it really was, ms; 0 where it was never reached. */
export function measuredMs(cell: CellResult): number {
  const measure = cell.phases.find(({ name }) => name === 'measure');
  return measure === undefined ? 0 : measure.toMs - measure.fromMs;
}

/** A quantile that is a number of its own: no bound, no gap. Microseconds. */
export function plain(quantiles: Quantiles, name: QuantileName): number | null {
  return quantiles.atLeast.includes(name) || quantiles.atMost.includes(name) ? null : quantiles[name];
}

/** A share as text, fine enough to be told from the limit it passed: `3.03 %`, `90.1 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} %`;
}
