/**
 * The Hodges-Lehmann estimate of a shift, which is robust against single outliers, with the interval that belongs to
 * the rank tests. Source: M. Hollander and D. A. Wolfe, Nonparametric Statistical Methods, sections 3.2-3.3 and
 * 4.2-4.3.
 */
import type { Range } from './intervals.js';
import { medianOf } from './moments.js';
import { normalQuantile } from './normal.js';
import { MOST_EXACT, subsetSums, subsetSumsOfSize } from './rank-sums.js';

export interface Shift {
  readonly estimate: number;
  /** Null if there are too few values for an interval of that confidence. */
  readonly interval: Range | null;
}

/** The centre of the differences: the median of the means of all pairs. Null if there are no differences. */
export function oneSampleShift(differences: readonly number[], confidence: number): Shift | null {
  const n = differences.length;
  if (n === 0) return null;
  const means = differences.flatMap((x, i) => differences.slice(i).map((y) => (x + y) / 2));
  const ranks = ranksFrom1(n);
  const lowest =
    n <= MOST_EXACT
      ? exactRank(subsetSums(ranks), confidence)
      : approximateRank((n * (n + 1)) / 4, (n * (n + 1) * (2 * n + 1)) / 24, confidence);
  return shiftOf(means, lowest);
}

/** How far b lies above a: the median of all pairwise differences. Null if a side is empty. */
export function twoSampleShift(a: readonly number[], b: readonly number[], confidence: number): Shift | null {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) return null;
  const differences = a.flatMap((x) => b.map((y) => y - x));
  const smallestSum = (m * (m + 1)) / 2;
  const lowest =
    n + m <= MOST_EXACT
      ? exactRank(subsetSumsOfSize(ranksFrom1(n + m), m).slice(smallestSum), confidence)
      : approximateRank((n * m) / 2, (n * m * (n + m + 1)) / 12, confidence);
  return shiftOf(differences, lowest);
}

function shiftOf(values: number[], lowest: number): Shift {
  const sorted = values.sort((x, y) => x - y);
  const estimate = medianOf(sorted);
  if (lowest < 1 || lowest > sorted.length / 2) return { estimate, interval: null };
  return { estimate, interval: [sorted[lowest - 1]!, sorted[sorted.length - lowest]!] };
}

/** The largest k with P(statistic <= k - 1) <= (1 - confidence) / 2: the interval starts at the k-th smallest value. */
function exactRank(counts: Float64Array, confidence: number): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const allowed = ((1 - confidence) / 2) * all;
  let k = 0;
  for (let below = counts[0]!; below <= allowed; below += counts[k]!) k++;
  return k;
}

function approximateRank(mean: number, variance: number, confidence: number): number {
  return Math.floor(mean - normalQuantile((1 + confidence) / 2) * Math.sqrt(variance) + 0.5);
}

function ranksFrom1(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
