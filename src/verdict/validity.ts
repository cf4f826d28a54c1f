/** Was the client able to measure this cell? Only the client's side moves validity; a failing server never does. */

import { FEWEST_CHECKS } from '../metrics/brackets.js';
import type { CellResult, QuantileName } from '../metrics/cell-result.js';
import { DEFAULT_ACCURACY } from '../profile/accuracy.js';
import type { Accuracy, Threshold } from '../profile/profile.js';
import { formatCount } from '../units.js';
import { accuracyReasons, type Cause, decidingBrackets, isErrorKnown } from './accuracy.js';
import { percent } from './cell-facts.js';
import { severityOf, type WorkerJudge, worstFinding } from './findings.js';
import { LET_IT_RUN, onAgent, RAISE_QUOTA } from './fixes.js';
import { fleetReasons } from './fleet-reasons.js';
import { judgedQuantiles } from './judged-quantiles.js';
import { LIMITS } from './limits.js';
import { type Concern, concernOf } from './reasons.js';
import { replyReasons } from './reply-judges.js';
import { stationarityReasons } from './stationarity.js';
import { judgeTarget } from './target-status.js';
import { TIMING_JUDGES } from './timing-judges.js';
import type { CellReason, Reason, TargetStatus, Validity } from './verdict.js';
import { WORK_JUDGES } from './work-judges.js';

export interface CellJudgement {
  readonly validity: Validity;
  readonly target: TargetStatus;
  readonly reasons: readonly CellReason[];
}

/**
 * Judges client and target of one cell, with every reason: the client's first, then the target's. `thresholds`: of the
 * run; a quantile that one of them limits is judged like those in the tables.
 */
export function judgeCell(
  cell: CellResult,
  thresholds: readonly Threshold[],
  accuracy: Accuracy = DEFAULT_ACCURACY,
): CellJudgement {
  const reasons = clientReasons(cell, judgedQuantiles(cell, thresholds), accuracy);
  const validity = validityOf(reasons);
  const target = judgeTarget(cell, validity);
  return { validity, target: target.status, reasons: [...reasons, ...target.reasons] };
}

/** Whether the load of a cell was not as planned, or not counted whole. Nothing is decided on such a cell. */
export function isUndelivered(reasons: readonly Reason[]): boolean {
  return reasons.some(({ code, severity }) => severity === 'invalid' && concernOf(code) === 'delivery');
}

/** The worst severity among the client's reasons. */
export function validityOf(reasons: readonly Reason[]): Validity {
  let worst: Validity = 'valid';
  for (const { side, severity } of reasons) {
    if (side !== 'client' || severity === 'note') continue;
    if (severity === 'invalid') return 'invalid';
    worst = 'degraded';
  }
  return worst;
}

function clientReasons(cell: CellResult, judged: readonly QuantileName[], accuracy: Accuracy): CellReason[] {
  return [
    ...replyReasons(cell),
    ...worstOf(cell, judged, 'delivery').map(({ reason }) => reason),
    ...suspensions(cell, cell.client.suspendedMs ?? 0),
    ...worstOf(cell, judged, undefined).map(({ reason }) => reason),
    ...timeliness(cell, judged, accuracy),
    ...fleetReasons(cell),
    ...stationarityReasons(cell, isErrorKnown(cell) ? accuracy.us : null),
    ...lawReasons(cell),
  ];
}

/**
 * Reasons about accuracy. If the instrument check measured the error, the error decides and disturbances are its
 * causes; else the disturbances decide.
 */
function timeliness(cell: CellResult, judged: readonly QuantileName[], accuracy: Accuracy): CellReason[] {
  const causes: Cause[] = [...worstOf(cell, judged, 'cause'), ...hostCauses(cell)];
  if (isErrorKnown(cell)) {
    const known = causes.map(({ reason }): CellReason => ({ ...reason, severity: 'note' }));
    return [...accuracyReasons(cell, judged, accuracy, causes), ...known];
  }
  const lateness = worstOf(cell, judged, 'lateness');
  return [...unmeasured(cell), ...[...lateness, ...causes].map(({ reason }) => reason)];
}

/** A note that no error was measured, so that disturbances decide. A cell without latency needs none. */
function unmeasured(cell: CellResult): CellReason[] {
  const why = unmeasuredBecause(cell);
  if (why === null) return [];
  return [
    {
      code: 'error_unknown',
      side: 'client',
      severity: 'note',
      cell: cell.id,
      message: `${why.text}: judged by what may have disturbed the generator, not by its error`,
      fix: why.fix,
      measure: FEWEST_CHECKS - (decidingBrackets(cell)?.checks ?? 0),
    },
  ];
}

function unmeasuredBecause(cell: CellResult): { readonly text: string; readonly fix: string } | null {
  const brackets = decidingBrackets(cell);
  switch (brackets?.unknown) {
    case undefined:
    case null:
      return null;
    case 'off':
      return { text: 'the instrument check was off', fix: 'leave out --no-instrument-check' };
    case 'none_came_back':
      return {
        text: `none of the ${formatCount(brackets.missed)} messages of the instrument check came back`,
        fix: 'run it again on a quieter machine; report it if it stays',
      };
    case 'too_few':
      return {
        text: `only ${formatCount(brackets.checks)} messages of the instrument check came back, ${FEWEST_CHECKS} are needed`,
        fix: 'measure longer: -d 10s',
      };
  }
}

const WORKER_JUDGES: Readonly<Partial<Record<string, WorkerJudge>>> = { ...WORK_JUDGES, ...TIMING_JUDGES };

/** The findings of one concern, each of the worst worker, in the order of the limits. */
function worstOf(cell: CellResult, judged: readonly QuantileName[], concern: Concern | undefined): Cause[] {
  return Object.keys(LIMITS).flatMap((code) => {
    const judge = WORKER_JUDGES[code];
    if (judge === undefined || concernOf(code) !== concern) return [];
    const worst = worstFinding(cell.client.workers, (worker) => judge(worker, cell, judged));
    if (worst === null) return [];
    const { excess, ...said } = worst;
    return [{ excess, reason: { code, side: 'client' as const, cell: cell.id, ...said } }];
  });
}

function hostCauses(cell: CellResult): Cause[] {
  const { client } = cell;
  const share = (code: 'cpu_throttled' | 'cpu_steal', fact: HostShare, what: string, usual: string): Cause[] => {
    const limits = LIMITS[code];
    const value = client[fact];
    const severity = value === null ? null : severityOf(value, limits);
    if (value === null || severity === null) return [];
    const { who, fix } = worstMachine(cell, fact, usual);
    const message = `${who}${percent(value)} of the measured time was ${what} (limit ${percent(limits[severity])})`;
    const reason: CellReason = { code, side: 'client', severity, cell: cell.id, message, fix, measure: value };
    return [{ excess: value / limits.degraded, reason }];
  };
  return [
    ...share('cpu_throttled', 'throttled', 'lost to the cgroup quota', RAISE_QUOTA),
    ...share('cpu_steal', 'steal', 'taken by the hypervisor', 'run on a machine with dedicated cores'),
  ];
}

type HostShare = 'throttled' | 'steal';

/** Which machine a fact of the host is about, and the fix on that one. Without agents there is one machine only. */
function worstMachine({ client }: CellResult, fact: HostShare | 'suspendedMs', fix: string) {
  const agents = client.agents ?? [];
  const worst = agents.find(({ host }) => host?.[fact] === client[fact]);
  if (worst === undefined) return { who: '', fix };
  return { who: `agent ${worst.agent}: `, fix: onAgent(fix, worst.agent, agents.length) };
}

/** The machine slept. Its monotonic clock stood still meanwhile, so no worker can notice it. */
function suspensions(cell: CellResult, suspendedMs: number): CellReason[] {
  const severity = severityOf(suspendedMs, LIMITS.clock_paused);
  if (severity === null) return [];
  const { who } = worstMachine(cell, 'suspendedMs', LET_IT_RUN);
  const message = `${who}the machine slept for ${(suspendedMs / 1000).toFixed(1)} s of the measured time`;
  return [
    { code: 'clock_paused', side: 'client', severity, cell: cell.id, message, fix: LET_IT_RUN, measure: suspendedMs },
  ];
}

function lawReasons(cell: CellResult): CellReason[] {
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
      measure: cell.laws.length,
    },
  ];
}
