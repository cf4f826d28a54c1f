/**
 * The Wilcoxon signed-rank test: do differences lie on one side of zero? Zeros are left out. Exact up to 50
 * differences, with ties (all 2^n signs are counted); beyond that, the normal approximation with corrections for ties
 * and continuity. Source: M. Hollander and D. A. Wolfe, Nonparametric Statistical Methods, section 3.1.
 */
import type { RankTest } from './mann-whitney.js';
import { normalTail } from './normal.js';
import { MOST_EXACT, shareFrom, subsetSums } from './rank-sums.js';
import { ranksOf, tieTerm } from './ranks.js';

/** Null if all differences are zero, or if there are none. */
export function wilcoxon(differences: readonly number[]): RankTest | null {
  const kept = differences.filter((difference) => difference !== 0);
  const n = kept.length;
  if (n === 0) return null;
  const sizes = kept.map(Math.abs);
  const ranks = ranksOf(sizes);
  const statistic = ranks.reduce((sum, rank, i) => sum + (kept[i]! > 0 ? rank : 0), 0);
  const larger = Math.max(statistic, (n * (n + 1)) / 2 - statistic);
  if (n > MOST_EXACT) return { statistic, p: approximateP(larger, n, tieTerm(sizes)), exact: false };
  const counts = subsetSums(ranks.map((rank) => 2 * rank));
  return { statistic, p: Math.min(1, 2 * shareFrom(counts, 2 * larger)), exact: true };
}

/** The smallest two-sided p possible for n differences: 2 / 2^n, so 0.0625 for five. */
export function smallestWilcoxonP(n: number): number {
  return Math.min(1, 2 ** (1 - n));
}

function approximateP(larger: number, n: number, ties: number): number {
  const variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24;
  return Math.min(1, 2 * normalTail((larger - (n * (n + 1)) / 4 - 0.5) / Math.sqrt(variance)));
}
