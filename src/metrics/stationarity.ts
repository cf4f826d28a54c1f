/**
 * Did the latency stay the same? Compares the medians of both halves of the measure phase and the trend over its
 * seconds.
 */
import { spearman } from '../stats/spearman.js';
import type { HalfMedian, Stationarity } from './cell-result.js';
import { Totals } from './histogram.js';
import { summarize } from './quantiles.js';
import type { SecondResult } from './second-result.js';
import type { SecondCounts } from './seconds/bootstrap-table.js';

/** With fewer than 5 seconds in each half the variation between seconds is unknown. */
const FEWEST_SECONDS = 10;

/** `counts` and `seconds` are the same seconds of the measure phase, in order. Null if there are too few. */
export function stationarityOf(
  counts: readonly SecondCounts[],
  seconds: readonly SecondResult[],
  options: { readonly timeoutUs: number; readonly seed: number },
): Stationarity | null {
  if (counts.length < FEWEST_SECONDS) return null;
  const middle = Math.floor(counts.length / 2);
  const windows = seconds.flatMap(({ second, p50 }) => (p50 === null ? [] : [[second, p50] as const]));
  const trend = spearman(windows);
  return {
    halves: [medianOf(counts.slice(0, middle), options), medianOf(counts.slice(middle), options)],
    trend: trend === null ? null : { ...trend, windows: windows.length },
  };
}

function medianOf(
  seconds: readonly SecondCounts[],
  options: { readonly timeoutUs: number; readonly seed: number },
): HalfMedian {
  const total = (name: 'timedOut' | 'otherCensored') => seconds.reduce((sum, second) => sum + second[name], 0);
  const totals = new Totals();
  for (const { answered } of seconds) totals.add(answered);
  const { p50, atLeast, ci } = summarize(totals, {
    ...options,
    timedOut: total('timedOut'),
    otherCensored: total('otherCensored'),
    seconds,
  });
  return { p50: atLeast.includes('p50') ? null : p50, ci: ci.p50 ?? null };
}
