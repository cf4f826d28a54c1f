/**
 * Thresholds on the times of messages that reach many connections, microseconds: of each delivery, and of the first and
 * the last delivery of each message. Why each end is honest: docs/decisions/fanout-verdict.md.
 */

import { upperEndsOf } from '../metrics/brackets.js';
import type { CellResult } from '../metrics/cell-result.js';
import { workerCountOf } from '../metrics/client-result.js';
import type { FanoutResult, FanoutTime } from '../metrics/fanout-result.js';
import { Totals } from '../metrics/histogram.js';
import { quantileAt } from '../metrics/quantiles.js';
import { type DeliverTime, METRICS } from '../profile/metrics.js';
import type { Threshold } from '../profile/profile.js';
import { greatestOf, leastOf } from '../stats/extremes.js';
import type { Range } from '../stats/intervals.js';
import { intervalRanks } from '../stats/quantile-interval.js';
import { formatMs } from '../units.js';
import { NOBODY_OWED } from './deliveries-text.js';
import { overPool, type Pool, withEnds } from './distributions.js';
import { lowerEndOfParts, lowerMeanOfParts, type ServedPart } from './lower-ends.js';
import type { Measured } from './measured.js';

interface Times {
  readonly reported: FanoutTime;
  /** The same from the send. */
  readonly served: FanoutTime;
  /** Those without a time, which rank last. */
  readonly without: (fanout: FanoutResult) => Pick<Pool, 'timedOut' | 'otherCensored'>;
  /** Whether the slowest way back of all workers may have ended it, and not any one of them. */
  readonly isOfSlowest: boolean;
}

const TIMES: Readonly<Record<DeliverTime, Times>> = {
  deliver: {
    ...{ reported: 'deliver', served: 'service', isOfSlowest: false },
    without: ({ deliveries }) => ({ timedOut: deliveries.missed, otherCensored: 0 }),
  },
  first: {
    ...{ reported: 'first', served: 'firstService', isOfSlowest: false },
    without: ({ messages: { sent, reachedAny } }) => ({ timedOut: sent - reachedAny, otherCensored: 0 }),
  },
  last: {
    ...{ reported: 'last', served: 'lastService', isOfSlowest: true },
    without: ({ messages: { sent, reachedAll } }) => ({ timedOut: 0, otherCensored: sent - reachedAll }),
  },
  // From delivery to delivery: no part of it is late sending.
  spread: {
    ...{ reported: 'spread', served: 'spread', isOfSlowest: true },
    without: ({ messages: { sent, reachedAll } }) => ({ timedOut: 0, otherCensored: sent - reachedAll }),
  },
};

/** Why the cells have no deliveries to judge by; null if they have some. */
export function notOwed({ metric, selector }: Threshold, cells: readonly CellResult[]): string | null {
  const fanouts = cells.flatMap(({ fanout = [] }) => fanout);
  if (fanouts.length === 0) {
    const { request } = selector;
    return request === undefined
      ? `${metric} is about messages that reach many connections, and no request says reaches`
      : `${metric}: the request ${request} reaches no other connections`;
  }
  const isOwed = fanouts.some(({ deliveries: { delivered, missed } }) => delivered + missed > 0);
  if (!isOwed) return NOBODY_OWED;
  return metric === 'ws_deliver_spread' && fanouts.every(reachesOneEach) ? ONE_EACH : null;
}

/** Every message was for one connection, so that there is nothing between a first and a last delivery. */
export function reachesOneEach({ messages: { reachedAll }, spreadUs }: FanoutResult): boolean {
  return reachedAll > 0 && spreadUs.count === 0;
}

const ONE_EACH = 'each message was for one connection: there is no spread';

/** Quantile q of a cell's times from the send, with its lower end; null if it is not known. */
export function servedQuantile(
  { fanout = [], client }: CellResult,
  time: DeliverTime,
  q: number,
): { readonly answer: ReturnType<typeof quantileAt>; readonly lower: number | null } {
  const times = TIMES[time];
  const pool = poolOf(fanout, times.served, times.without);
  const parts = partsOf([{ fanout, client }], times);
  const isKnown = fanout.every(({ brackets }) => brackets?.unknown === null);
  const answer = quantileAt(pool.totals, { ...pool, timeoutUs: pool.timeoutUs ?? 0 }, q);
  return { answer, lower: isKnown ? lowerEndOfParts(parts, q) : null };
}

/** The 95 % interval of such a quantile, microseconds. */
export function servedInterval({ fanout = [] }: CellResult, time: DeliverTime, q: number): Range | null {
  const times = TIMES[time];
  return intervalIn(poolOf(fanout, times.served, times.without), fanout, q);
}

/**
 * The 95 % interval of quantile q of a cell, microseconds; null with too few messages. Deliveries of one message share
 * its fate, so an interval of deliveries is as wide as that of so many messages.
 */
export function deliverInterval(cell: CellResult, time: DeliverTime, q: number): Range | null {
  const { fanout = [] } = cell;
  return intervalIn(poolOf(fanout, TIMES[time].reported, TIMES[time].without), fanout, q);
}

function intervalIn(pool: Pool, fanouts: readonly FanoutResult[], q: number): Range | null {
  const { totals, timedOut, otherCensored } = pool;
  const n = totals.count + timedOut + otherCensored;
  const messages = fanouts.reduce((sum, fanout) => sum + fanout.messages.sent, 0);
  const ranks = intervalRanks(messages, q);
  if (ranks === null || n === 0) return null;
  const [low, high] = ranks.map((rank) => Math.max(1, Math.ceil((rank * n) / messages))) as [number, number];
  return high > totals.count ? null : [totals.valueAtRank(low), totals.valueAtRank(high)];
}

export function deliverTime(threshold: Threshold, cells: readonly CellResult[]): Measured {
  const time = METRICS[threshold.metric].latency as DeliverTime;
  const times = TIMES[time];
  const fanouts = cells.flatMap(({ fanout = [] }) => fanout);
  const measured = overPool(threshold, poolOf(fanouts, times.reported, times.without));
  if (measured.kind !== 'bracket') return measured;
  const parts = partsOf(cells, times);
  const bracket = withEnds(threshold, measured, lowerOf(threshold, parts, measured.fewSamples === true));
  return time === 'spread' ? withUpperEnd(threshold, bracket, parts) : bracket;
}

function lowerOf({ aggregation }: Threshold, parts: readonly ServedPart[], isFew: boolean): number | null {
  // With too few messages for the quantile, only the fastest gives a lower end.
  if (isFew) return lowerEndOfParts(parts, 0);
  switch (aggregation.kind) {
    case 'percentile':
      return lowerEndOfParts(parts, aggregation.quantile);
    case 'med':
      return lowerEndOfParts(parts, 0.5);
    case 'avg':
      return lowerMeanOfParts(parts);
    default:
      return extremeOf(aggregation.kind === 'min' ? 'min' : 'max', parts);
  }
}

function extremeOf(which: 'min' | 'max', parts: readonly ServedPart[]): number | null {
  const values = parts.flatMap(({ service }) => service[which] ?? []);
  if (values.length === 0) return null;
  return which === 'min' ? leastOf(values) : greatestOf(values);
}

/** If the first delivery was read late, the messages were spread further than was measured. */
function withUpperEnd({ aggregation, limit }: Threshold, measured: Measured, parts: readonly ServedPart[]): Measured {
  const q = aggregation.kind === 'percentile' ? aggregation.quantile : aggregation.kind === 'med' ? 0.5 : null;
  if (measured.kind !== 'bracket' || q === null || measured.fewSamples === true) return measured;
  const ends = parts.map(({ service, unanswered, brackets, messages }) =>
    upperEndsOf(service, unanswered, brackets, { messages })(q),
  );
  const high = Math.max(measured.high, greatestOf(ends));
  const straddles = measured.low <= limit && limit <= high;
  const note = straddles ? `between ${formatMs(measured.low)} and ${formatMs(high)} ms` : null;
  return { ...measured, high, note: measured.note ?? note };
}

function poolOf(fanouts: readonly FanoutResult[], time: FanoutTime, withoutTime: Times['without']): Pool {
  let timedOut = 0;
  let otherCensored = 0;
  let timeoutUs: number | null = null;
  for (const fanout of fanouts) {
    const without = withoutTime(fanout);
    timedOut += without.timedOut;
    otherCensored += without.otherCensored;
    timeoutUs ??= knownTimeoutUs(fanout);
  }
  return { totals: totalsOf(fanouts, time), timedOut, otherCensored, timeoutUs };
}

function totalsOf(fanouts: readonly FanoutResult[], time: FanoutTime): Totals {
  const totals = new Totals();
  for (const { histograms } of fanouts) {
    const encoded = histograms[time];
    if (encoded !== null) totals.addTotals(Totals.decode(encoded));
  }
  return totals;
}

/** A quantile among missed deliveries is known to be at least the timeout. */
function knownTimeoutUs({ deliverUs }: FanoutResult): number | null {
  const name = deliverUs.atLeast[0];
  return name === undefined ? null : deliverUs[name];
}

function partsOf(cells: readonly Pick<CellResult, 'fanout' | 'client'>[], times: Times): ServedPart[] {
  return cells.flatMap(({ fanout = [], client }) =>
    fanout.flatMap((each) => {
      const encoded = each.histograms[times.served];
      if (encoded === null) return [];
      const { timedOut, otherCensored } = times.without(each);
      const draws = times.isOfSlowest ? Math.max(1, workerCountOf(client)) : 1;
      const { brackets, messages } = each;
      const unanswered = timedOut + otherCensored;
      return [{ service: Totals.decode(encoded), unanswered, brackets, draws, messages: messages.sent }];
    }),
  );
}
