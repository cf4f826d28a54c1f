/** Thresholds on durations: quantiles and means over the pooled histograms of the matching cells, microseconds. */
import type { CellResult, FlowResult, Quantiles } from '../metrics/cell-result.js';
import { censoredOf, isUnmatched } from '../metrics/censored.js';
import { flowOf } from '../metrics/flow.js';
import { Totals } from '../metrics/histogram.js';
import type { LatencyName } from '../metrics/interval.js';
import { type Censored, quantileAt } from '../metrics/quantiles.js';
import { hasResponseTime } from '../plan/models.js';
import { type DeliverTime, METRICS } from '../profile/metrics.js';
import type { MetricName, Threshold } from '../profile/profile.js';
import { greatestOf, leastOf } from '../stats/extremes.js';
import { formatCount, formatMs } from '../units.js';
import { keptQuantile, percent, plain } from './cell-facts.js';
import { BRACKET_SHARE } from './limits.js';
import { lowerEndOf, lowerMeanOf } from './lower-ends.js';
import { exactly, type Measured, undefinedAggregation, unknown } from './measured.js';

/** Times of some messages, and how many have none. */
export interface Pool {
  readonly totals: Totals;
  readonly timedOut: number;
  readonly otherCensored: number;
  /** The reply timeout, if a cell's own quantiles tell it. */
  readonly timeoutUs: number | null;
}

/** The time with a bracket that a metric is about; null for other metrics. */
export function bracketedLatency(metric: string): 'response' | 'service' | DeliverTime | null {
  const latency = METRICS[metric as MetricName]?.latency;
  return latency === undefined || latency === 'lag' ? null : latency;
}

export function connectTime(threshold: Threshold, cells: readonly CellResult[]): Measured {
  return overPool(threshold, poolConnects(cells));
}

export function sessionTime(threshold: Threshold, cells: readonly CellResult[]): Measured {
  const withSession = cells.filter(({ session }) => session !== undefined);
  if (withSession.length === 0) return unknown('connections have no session: they are open at once');
  return overPool(threshold, poolSessions(withSession));
}

/** One step by its name, or all of them together. */
export function stepTime(threshold: Threshold, cells: readonly CellResult[]): Measured {
  const name = threshold.selector['step'];
  const steps = cells
    .flatMap(({ session }) => session?.steps ?? [])
    .filter((step) => name === undefined || step.name === name);
  if (steps.length === 0) {
    return unknown(name === undefined ? 'no step of the session has a name' : `no step is named ${name}`);
  }
  const totals = new Totals();
  for (const { histogram } of steps) totals.addTotals(Totals.decode(histogram));
  return overPool(threshold, { totals, timedOut: 0, otherCensored: 0, timeoutUs: null });
}

export function sessionDuration(threshold: Threshold, cells: readonly CellResult[]): Measured {
  const summaries = cells.map(({ sessionUs }) => sessionUs);
  return acrossCells(threshold, summaries);
}

export function pingTime(threshold: Threshold, cells: readonly CellResult[]): Measured {
  const summaries = cells.map(({ pingUs }) => pingUs);
  return acrossCells(threshold, summaries);
}

export function sendLag(threshold: Threshold, cells: readonly CellResult[]): Measured {
  return overPool(threshold, poolFlows(cells, 'lag'));
}

export function serviceTime(threshold: Threshold, cells: readonly CellResult[]): Measured {
  return bracketed(threshold, cells, overPool(threshold, poolFlows(cells, 'service')));
}

export function responseTime(threshold: Threshold, cells: readonly CellResult[]): Measured {
  const open = cells.filter(({ model }) => hasResponseTime(model));
  if (open.length === 0) return unknown('response time is defined for open loads only: use ws_service_time');
  return bracketed(threshold, open, overPool(threshold, poolFlows(open, 'response')));
}

/**
 * The bracket that decides a threshold. Its upper end is the measured value; its lower end is the part of the service
 * time that the way back cannot explain. A threshold passes if both ends do, and fails if both do.
 */
function bracketed(threshold: Threshold, cells: readonly CellResult[], measured: Measured): Measured {
  if (measured.kind !== 'bracket') return measured;
  // With too few messages for the quantile, only the fastest message gives a lower end.
  return withEnds(threshold, measured, measured.fewSamples === true ? lowerEndOf(cells, 0) : ownOf(threshold, cells));
}

/** The measured value with a lower end; null if it is not known. */
export function withEnds(threshold: Threshold, measured: Measured, own: number | null): Measured {
  if (own === null || measured.kind !== 'bracket') return measured;
  const low = Math.min(own, measured.low);
  const isWide = measured.high - low > BRACKET_SHARE * measured.high;
  const straddles = low <= threshold.limit && threshold.limit <= measured.high;
  const bracket = isWide || straddles ? `between ${formatMs(low)} and ${formatMs(measured.high)} ms` : null;
  return { ...measured, low, note: measured.note ?? bracket };
}

/** The lower end of the quantity that the threshold limits, microseconds; null if it is not known. */
function ownOf({ aggregation }: Threshold, cells: readonly CellResult[]): number | null {
  switch (aggregation.kind) {
    case 'percentile':
      return lowerEndOf(cells, aggregation.quantile);
    case 'med':
      return lowerEndOf(cells, 0.5);
    case 'avg':
      return lowerMeanOf(cells);
    default: {
      const service = poolFlows(cells, 'service').totals;
      return aggregation.kind === 'min' ? service.min : service.max;
    }
  }
}

/** All messages of the cells with matched replies. For send lag, messages that were due and never sent rank last. */
function poolFlows(cells: readonly CellResult[], latency: LatencyName): Pool {
  const totals = new Totals();
  let timedOut = 0;
  let otherCensored = 0;
  let timeoutUs: number | null = null;
  for (const cell of cells) {
    const flow = flowOf(cell);
    const { messages } = flow;
    const encoded = flow.histograms[latency];
    if (encoded !== null) totals.addTotals(Totals.decode(encoded));
    if (latency === 'lag') {
      otherCensored += messages.unsentAtStop;
    } else if (!isUnmatched(messages)) {
      const censored = censoredOf(messages);
      timedOut += censored.timedOut;
      otherCensored += censored.otherCensored;
      timeoutUs ??= knownTimeoutUs(flow);
    }
  }
  return { totals, timedOut, otherCensored, timeoutUs };
}

function knownTimeoutUs({ latencyUs }: FlowResult): number | null {
  for (const quantiles of [latencyUs.service, latencyUs.response]) {
    const name = quantiles?.atLeast[0];
    if (quantiles && name !== undefined) return quantiles[name];
  }
  return null;
}

/** All connects of the cells. Connections that never opened rank last. */
function poolConnects(cells: readonly CellResult[]): Pool {
  const totals = new Totals();
  let otherCensored = 0;
  for (const { connectHistogram, connections } of cells) {
    totals.addTotals(Totals.decode(connectHistogram));
    otherCensored += connections.failed + connections.abandoned;
  }
  return { totals, timedOut: 0, otherCensored, timeoutUs: null };
}

/** All sessions of the cells. Those of connections that never opened rank last. */
function poolSessions(cells: readonly CellResult[]): Pool {
  const totals = new Totals();
  let otherCensored = 0;
  for (const { session, connections } of cells) {
    totals.addTotals(Totals.decode(session!.readyHistogram));
    otherCensored += connections.failed + connections.abandoned;
  }
  return { totals, timedOut: 0, otherCensored, timeoutUs: null };
}

export function overPool(threshold: Threshold, pool: Pool): Measured {
  const { aggregation } = threshold;
  const { totals } = pool;
  const unanswered = pool.timedOut + pool.otherCensored;
  const n = totals.count + unanswered;
  if (n === 0) return unknown('no samples');
  const missing: Measured = { kind: 'unanswered', actual: null, note: `n/a (${percent(unanswered / n)} unanswered)` };
  switch (aggregation.kind) {
    case 'percentile':
      return quantile(pool, aggregation.quantile, missing);
    case 'med':
      return quantile(pool, 0.5, missing);
    case 'min':
      return totals.min === null ? missing : exactly(totals.min);
    case 'avg':
      return totals.mean === null || unanswered > 0 ? missing : exactly(totals.mean);
    case 'max':
      return totals.max === null || unanswered > 0 ? missing : exactly(totals.max);
    default:
      return undefinedAggregation(threshold);
  }
}

function quantile(pool: Pool, q: number, missing: Measured): Measured {
  const n = pool.totals.count + pool.timedOut + pool.otherCensored;
  const censored: Censored = { ...pool, timeoutUs: pool.timeoutUs ?? 0 };
  const answer = quantileAt(pool.totals, censored, q);
  if (answer.kind === 'none') {
    if (answer.gap === 'unanswered') return missing;
    return { kind: 'unknown', note: `n/a (n = ${formatCount(n)} is too small)`, fewSamples: true };
  }
  if (answer.kind === 'atLeast') {
    return { kind: 'unanswered', actual: pool.timeoutUs, note: `>= timeout (${percent(pool.timedOut / n)} timed out)` };
  }
  if (answer.kind === 'value') return exactly(answer.us);
  const low = pool.totals.min ?? answer.us;
  const note = `<= max of ${formatCount(n)}`;
  return { kind: 'bracket', low, high: answer.us, actual: answer.us, note, fewSamples: true };
}

/**
 * Durations of which only summaries are kept. Quantiles of several cells cannot be pooled, but the pooled quantile
 * would lie between the smallest and the largest of them.
 */
function acrossCells(threshold: Threshold, summaries: readonly Quantiles[]): Measured {
  const sampled = summaries.filter(({ count, censored }) => count + censored > 0);
  if (sampled.length === 0) return unknown('no samples');
  const values: number[] = [];
  for (const summary of sampled) {
    const value = ofSummary(threshold, summary);
    if (value.kind !== 'bracket') return value;
    values.push(value.actual);
  }
  const low = leastOf(values);
  const high = greatestOf(values);
  return {
    kind: 'bracket',
    low,
    high,
    actual: high,
    note: low === high ? null : `${values.length} cells, the slowest shown`,
  };
}

function ofSummary(threshold: Threshold, summary: Quantiles): Measured {
  const { aggregation } = threshold;
  const known = (value: number | null): Measured => (value === null ? unknown('no samples') : exactly(value));
  switch (aggregation.kind) {
    case 'percentile':
    case 'med': {
      const q = aggregation.kind === 'percentile' ? aggregation.quantile : 0.5;
      const name = keptQuantile(q);
      if (name === undefined) return unknown(`${threshold.expression}: not kept for ${threshold.metric}`);
      if (summary.reasons[name] === 'few_samples' || summary.atMost.includes(name)) {
        return { kind: 'unknown', note: `n/a (n = ${formatCount(summary.count)} is too small)`, fewSamples: true };
      }
      if (summary.reasons[name] === 'unanswered' || summary.atLeast.includes(name)) {
        return { kind: 'unanswered', actual: null, note: `n/a (${formatCount(summary.censored)} unanswered)` };
      }
      return known(plain(summary, name));
    }
    case 'avg':
      return known(summary.mean);
    case 'min':
      return known(summary.min);
    case 'max':
      return known(summary.max);
    default:
      return undefinedAggregation(threshold);
  }
}
