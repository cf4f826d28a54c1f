/**
 * Spearman's rank correlation: does y rise (or fall) with x, in a straight line or not? Ties share their mean rank. The
 * p value is Student's t approximation with n - 2 degrees of freedom, good from about 10 pairs on. Source: W. H. Press
 * et al., Numerical Recipes, section 14.6 (spear).
 */
import { ranksOf } from './ranks.js';
import { twoSidedP } from './student-t.js';

export interface RankCorrelation {
  /** -1 to 1. */
  readonly rho: number;
  /** Two-sided: the probability of a result at least this extreme by chance alone. */
  readonly p: number;
}

/** Null with fewer than 3 pairs, or if all x or all y are equal. */
export function spearman(pairs: readonly (readonly [x: number, y: number])[]): RankCorrelation | null {
  const n = pairs.length;
  if (n < 3) return null;
  const xs = ranksOf(pairs.map(([x]) => x));
  const ys = ranksOf(pairs.map(([, y]) => y));
  const mean = (n + 1) / 2;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    xx += (xs[i]! - mean) ** 2;
    yy += (ys[i]! - mean) ** 2;
    xy += (xs[i]! - mean) * (ys[i]! - mean);
  }
  if (xx === 0 || yy === 0) return null;
  const rho = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  const unexplained = 1 - rho * rho;
  return { rho, p: unexplained === 0 ? 0 : twoSidedP(rho * Math.sqrt((n - 2) / unexplained), n - 2) };
}
