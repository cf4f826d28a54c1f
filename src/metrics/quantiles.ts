/**
 * Quantiles of latency, by rank over all planned messages. Answered messages come first, then those that timed out
 * (known to be at least the timeout), then the rest, about which nothing is known. So an unanswered message never makes
 * a quantile look better. Example: 8 of 10 messages answered, 1 timed out, 1 lost: p50 is the 5th fastest answer, p90
 * is "at least the timeout", p99 is unknown.
 */
import { bootstrapColumns } from '../stats/block-bootstrap.js';
import { type Range, wider } from '../stats/intervals.js';
import { intervalRanks, isPrintable, rankOf, samplesForMaxBound } from '../stats/quantile-interval.js';
import { Rng } from '../stats/rng.js';
import { QUANTILES, type QuantileGap, type QuantileName, type Quantiles } from './cell-result.js';
import type { CensoredCounts } from './censored.js';
import type { Totals } from './histogram.js';
import { bootstrapTable, type SecondCounts } from './seconds/bootstrap-table.js';

/** Messages without an answer in time. */
export interface Censored extends CensoredCounts {
  readonly timeoutUs: number;
}

export interface SummaryOptions extends Censored {
  readonly seconds?: readonly SecondCounts[];
  /** Seeds the bootstrap; unused without `seconds`. */
  readonly seed: number;
}

/** One quantile: a value, a bound, or the reason why there is none. Microseconds. */
export type QuantileAnswer =
  | { readonly kind: 'value' | 'atLeast' | 'atMost'; readonly us: number }
  | { readonly kind: 'none'; readonly gap: QuantileGap };

const NAMES = Object.keys(QUANTILES) as QuantileName[];
/** Quantiles with a 95 % interval. */
const WITH_INTERVAL = ['p50', 'p95', 'p99'] as const satisfies readonly QuantileName[];
/** With fewer seconds the variation between seconds is unknown. */
const FEWEST_SECONDS = 5;

/** Quantile q, 0 < q < 1, of the answered messages in `totals` and the `censored` ones. */
export function quantileAt(totals: Totals, censored: Censored, q: number): QuantileAnswer {
  const answered = totals.count;
  const n = answered + censored.timedOut + censored.otherCensored;
  if (n === 0) return { kind: 'none', gap: 'no_samples' };
  if (isPrintable(n, q)) {
    const rank = rankOf(n, q);
    if (rank <= answered) return { kind: 'value', us: totals.valueAtRank(rank) };
    if (rank <= answered + censored.timedOut) return { kind: 'atLeast', us: censored.timeoutUs };
    return { kind: 'none', gap: 'unanswered' };
  }
  if (n < samplesForMaxBound(q)) return { kind: 'none', gap: 'few_samples' };
  // The maximum bounds the quantile. If any message is unanswered, the maximum is unknown.
  return answered === n ? { kind: 'atMost', us: totals.valueAtRank(n) } : { kind: 'none', gap: 'unanswered' };
}

/**
 * The summary of one distribution, microseconds. `min`, `mean`, `stdev` and `max` cover answered messages only, so read
 * them together with `censored`. An interval is left out if one of its ends lies among the unanswered or beyond the
 * sample: no finite number would be correct.
 */
export function summarize(totals: Totals, options: SummaryOptions): Quantiles {
  const values = Object.fromEntries(NAMES.map((name) => [name, null])) as Record<QuantileName, number | null>;
  const atLeast: QuantileName[] = [];
  const atMost: QuantileName[] = [];
  const reasons: Partial<Record<QuantileName, QuantileGap>> = {};
  for (const name of NAMES) {
    const answer = quantileAt(totals, options, QUANTILES[name]);
    if (answer.kind === 'none') {
      reasons[name] = answer.gap;
      continue;
    }
    values[name] = answer.us;
    if (answer.kind === 'atLeast') atLeast.push(name);
    if (answer.kind === 'atMost') atMost.push(name);
  }
  const plain = WITH_INTERVAL.filter(
    (name) => values[name] !== null && !atLeast.includes(name) && !atMost.includes(name),
  );
  return {
    count: totals.count,
    censored: options.timedOut + options.otherCensored,
    min: totals.min,
    mean: totals.mean,
    stdev: totals.stdev,
    ...values,
    max: totals.max,
    atLeast,
    atMost,
    reasons,
    ci: intervals(totals, options, plain),
  };
}

function intervals(
  totals: Totals,
  options: SummaryOptions,
  names: readonly QuantileName[],
): Partial<Record<QuantileName, readonly [number, number]>> {
  const n = totals.count + options.timedOut + options.otherCensored;
  const seconds = options.seconds ?? [];
  const bySeconds = seconds.length >= FEWEST_SECONDS ? overSeconds(seconds, names, new Rng(options.seed)) : null;
  const ci: Partial<Record<QuantileName, readonly [number, number]>> = {};
  names.forEach((name, i) => {
    const ranks = intervalRanks(n, QUANTILES[name]);
    if (ranks === null || ranks[1] > totals.count) return;
    const byRank: Range = [totals.valueAtRank(ranks[0]), totals.valueAtRank(ranks[1])];
    if (bySeconds === null) {
      ci[name] = byRank;
      return;
    }
    const resampled = bySeconds[i];
    if (resampled) ci[name] = wider(byRank, resampled);
  });
  return ci;
}

/** Bootstrap intervals in microseconds; null if the upper end lies among the unanswered. */
function overSeconds(
  seconds: readonly SecondCounts[],
  names: readonly QuantileName[],
  rng: Rng,
): readonly (Range | null)[] {
  const { table, valueUs } = bootstrapTable(seconds);
  const unanswered = valueUs.length;
  const quantiles = names.map((name) => QUANTILES[name]);
  return bootstrapColumns(table, quantiles, rng).map((columns) =>
    columns === null || columns[1] === unanswered ? null : [valueUs[columns[0]]!, valueUs[columns[1]]!],
  );
}
