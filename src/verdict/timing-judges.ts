/** Was a worker on time: awake when a message was due and when its reply came, with a running clock? */
import type { CellResult, QuantileName, WorkerResult } from '../metrics/cell-result.js';
import { QUANTILES } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import { MODELS } from '../plan/models.js';
import { isPrintable } from '../stats/quantile-interval.js';
import { formatCount, formatMs } from '../units.js';
import { measuredMs, pastMs, percent, plain, quantileText } from './cell-facts.js';
import { type Finding, severityOf, type WorkerJudge, worse } from './findings.js';
import { FREE_A_CORE, LET_IT_RUN, moreWorkers, wakeFiner } from './fixes.js';
import { tailOf } from './judged-quantiles.js';
import { grainUsOf, LIMITS } from './limits.js';
import type { ReasonCode } from './reasons.js';

function lag(worker: WorkerResult, cell: CellResult, judged: readonly QuantileName[]): Finding | null {
  const { lagUs, responseUs } = worker;
  // Only a plan fixes the instants that a message can be late for.
  if (MODELS[cell.model].pacedBy !== 'plan' || cell.ramp || lagUs === null) return null;
  const grainUs = grainUsOf(cell.pacing);
  const { shareOfResponse, grains } = LIMITS.client_lag;
  let worst: Finding | null = null;
  for (const name of judged) {
    const lagAt = plain(lagUs, name);
    // Without matched replies there is no response time to compare with: only the grain of the pacing counts.
    const responseAt = responseUs === null ? 0 : plain(responseUs, name);
    if (lagAt === null || responseAt === null) continue;
    const limit = {
      degraded: Math.max(shareOfResponse.degraded * responseAt, grains.degraded * grainUs),
      invalid: Math.max(shareOfResponse.invalid * responseAt, grains.invalid * grainUs),
    };
    const severity = severityOf(lagAt, limit);
    if (severity === null) continue;
    const against = responseAt === 0 ? '' : ` against a response time of ${formatMs(responseAt)} ms`;
    const message = `send lag ${quantileText(name)} ${pastMs(lagAt, limit[severity])} ms${against} (limit ${formatMs(limit[severity])} ms)`;
    worst = worse(worst, {
      severity,
      measure: lagAt / limit.degraded,
      excess: lagAt / limit.degraded,
      message,
      fix: wakeFiner(cell, worker, lagAt),
    });
  }
  return worst;
}

function blocked(worker: WorkerResult, cell: CellResult, judged: readonly QuantileName[]): Finding | null {
  const { blockedMsMax } = worker;
  if (blockedMsMax === null) return null;
  const tailMs = tailOf(judged) * measuredMs(cell);
  const { ms, tails, floorMs } = LIMITS.client_blocked;
  const limit = {
    degraded: Math.min(ms.degraded, Math.max(floorMs, tails.degraded * tailMs)),
    invalid: Math.min(ms.invalid, Math.max(floorMs, tails.invalid * tailMs)),
  };
  const severity = severityOf(blockedMsMax, limit);
  if (severity === null) return null;
  const message = `stood still for ${wholeMs(blockedMsMax, limit[severity])} ms at a stretch (limit ${limit[severity].toFixed(0)} ms)`;
  const excess = blockedMsMax / limit.degraded;
  return { severity, measure: blockedMsMax, excess, ...stretch(cell, worker, blockedMsMax, message) };
}

/** Whole milliseconds, with more digits if they would read like the limit. */
function wholeMs(ms: number, limitMs: number): string {
  return ms.toFixed(0) === limitMs.toFixed(0) ? ms.toFixed(2) : ms.toFixed(0);
}

/** What the worker did during its longest stall, and the fix. */
function stretch(
  cell: CellResult,
  { blockedWaitMs, gcPauseMsMax }: WorkerResult,
  blockedMs: number,
  message: string,
): Pick<Finding, 'message' | 'fix'> {
  if (blockedWaitMs !== null && blockedWaitMs > blockedMs / 2) {
    return { message: `${message}, ${blockedWaitMs.toFixed(0)} of them waiting for a processor`, fix: FREE_A_CORE };
  }
  if (gcPauseMsMax !== null && gcPauseMsMax > blockedMs / 2) {
    return { message: `${message}, ${gcPauseMsMax.toFixed(0)} of them in garbage collection`, fix: collectLess(cell) };
  }
  return { message, fix: `${moreWorkers(cell)}; or send smaller messages: -s` };
}

/** A thread that neither ran nor waited for a core. A blocked thread runs; a starved one waits. */
function paused({ pausedMs }: WorkerResult): Finding | null {
  if (pausedMs === null) return null;
  const severity = severityOf(pausedMs, LIMITS.clock_paused);
  if (severity === null) return null;
  const message = `was stopped from outside for ${pausedMs.toFixed(0)} ms: it neither ran nor waited for a processor`;
  return { severity, measure: pausedMs, excess: 0, message, fix: LET_IT_RUN };
}

function gcPause(worker: WorkerResult, cell: CellResult, judged: readonly QuantileName[]): Finding | null {
  const { gcTouched } = worker;
  if (gcTouched === null) return null;
  const tail = tailOf(judged);
  const severity = severityOf(gcTouched, { degraded: LIMITS.gc_pause.tails.degraded * tail });
  if (severity === null) return null;
  const highest = judged.filter((name) => 1 - QUANTILES[name] < gcTouched);
  const message = `garbage collections of more than 5 ms hit ${percent(gcTouched)} of the messages: they may have set ${highest.map(quantileText).join(', ')} (limit ${percent(tail)})`;
  return { severity, measure: gcTouched, excess: gcTouched / tail, message, fix: collectLess(cell) };
}

function collectLess(cell: CellResult): string {
  return `send smaller messages (-s), or ${moreWorkers(cell)}: each then has less memory to collect`;
}

/** The error of the worker's instrument check (reported minus true quantile), compared with the cell's own quantile. */
function instrumentError(worker: WorkerResult, cell: CellResult): Finding | null {
  if (worker.instrument === null) return null;
  const grainUs = grainUsOf(cell.pacing);
  const { shareOfQuantile, floorGrains, grains } = LIMITS.instrument_error;
  const headline = headlineOf(flowOf(cell));
  let worst: Finding | null = unansweredCheck(worker.instrument);
  for (const name of ['p50', 'p99'] as const) {
    const error = worker.instrument[name];
    const own = headline === null ? null : plain(headline, name);
    // A quantile that the cell does not print as a number cannot be wrong.
    if (error === null || (headline !== null && own === null)) continue;
    const least = floorGrains * grainUs;
    const limit =
      own === null
        ? { degraded: grains.degraded * grainUs, invalid: grains.invalid * grainUs }
        : {
            degraded: Math.max(shareOfQuantile.degraded * own, least),
            invalid: Math.max(shareOfQuantile.invalid * own, least),
          };
    const size = Math.abs(error);
    const severity = severityOf(size, limit);
    if (severity === null) continue;
    const against = own === null ? '' : ` against a ${name} of ${formatMs(own)} ms`;
    const way = error < 0 ? 'below' : 'above';
    const message = `the instrument check reports its ${name} ${pastMs(size, limit[severity])} ms ${way} the truth${against} (limit ${formatMs(limit[severity])} ms)`;
    const excess = size / limit.degraded;
    worst = worse(worst, { severity, measure: excess, excess, message, fix: wakeFiner(cell, worker, size) });
  }
  return worst;
}

/** A check whose replies are too few for a quantile, although its messages were enough, does not know the error. */
function unansweredCheck({ p50, p99, count, missed }: NonNullable<WorkerResult['instrument']>): Finding | null {
  const n = count + missed;
  const isLost = (error: number | null, q: number) => missed > 0 && error === null && isPrintable(n, q);
  if (!isLost(p50, QUANTILES.p50) && !isLost(p99, QUANTILES.p99)) return null;
  return {
    severity: 'degraded',
    measure: 0,
    excess: 0,
    message: `${formatCount(missed)} of ${formatCount(n)} messages of the instrument check came to nothing: its error is not known`,
    fix: 'run it again on a quieter machine; report it if it stays',
  };
}

export const TIMING_JUDGES = {
  clock_paused: paused,
  client_lag: lag,
  client_blocked: blocked,
  gc_pause: gcPause,
  instrument_error: instrumentError,
} as const satisfies Partial<Readonly<Record<ReasonCode, WorkerJudge>>>;
