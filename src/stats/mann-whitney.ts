/**
 * The Mann-Whitney test: are the values of one sample larger than those of another? It assumes nothing about their
 * distributions. Exact up to 50 values, with ties (all ways to assign the ranks are counted); beyond that, the normal
 * approximation with corrections for ties and continuity. Source: M. Hollander and D. A. Wolfe, Nonparametric
 * Statistical Methods, section 4.1.
 */
import { normalTail } from './normal.js';
import { MOST_EXACT, shareFrom, shareUpTo, subsetSumsOfSize } from './rank-sums.js';
import { ranksOf, tieTerm } from './ranks.js';

export interface RankTest {
  /**
   * Mann-Whitney: number of pairs (a, b) with a larger; ties count half. Wilcoxon: sum of the ranks of positive values.
   */
  readonly statistic: number;
  /** Two-sided: the probability of a result at least this extreme by chance alone. */
  readonly p: number;
  readonly exact: boolean;
}

/** Null if a sample is empty. */
export function mannWhitney(a: readonly number[], b: readonly number[]): RankTest | null {
  const [n, m] = [a.length, b.length];
  if (n === 0 || m === 0) return null;
  const all = [...a, ...b];
  const ranks = ranksOf(all);
  const rankSum = ranks.slice(0, n).reduce((sum, rank) => sum + rank, 0);
  const statistic = rankSum - (n * (n + 1)) / 2;
  if (n + m > MOST_EXACT) return { statistic, p: approximateP(statistic, n, m, tieTerm(all)), exact: false };
  const counts = subsetSumsOfSize(
    ranks.map((rank) => 2 * rank),
    n,
  );
  const tail = Math.min(shareUpTo(counts, 2 * rankSum), shareFrom(counts, 2 * rankSum));
  return { statistic, p: Math.min(1, 2 * tail), exact: true };
}

/** The smallest two-sided p possible for samples of these sizes: 2 / C(n + m, n). */
export function smallestMannWhitneyP(n: number, m: number): number {
  let ways = 1;
  for (let k = 1; k <= n; k++) ways *= (m + k) / k;
  return Math.min(1, 2 / ways);
}

function approximateP(u: number, n: number, m: number, ties: number): number {
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - ties / (all * (all - 1)));
  if (variance === 0) return 1;
  const larger = Math.max(u, n * m - u);
  return Math.min(1, 2 * normalTail((larger - (n * m) / 2 - 0.5) / Math.sqrt(variance)));
}
