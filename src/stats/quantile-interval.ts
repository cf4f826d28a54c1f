/**
 * When a quantile of n samples may be printed, and its 95 % interval by order statistics.
 * Source: normal approximation of the binomial rank (Conover, Practical Nonparametric Statistics, section 3.2).
 */

/** Two-sided 95 % of the normal distribution. */
const Z_95 = 1.96;
/** Number of samples required beyond the quantile. */
const BEYOND = 10;
/** Largest probability that the maximum of n samples lies below a quantile that is printed as `<= max`. */
const MAX_BOUND_RISK = 0.025;
/** Absorbs the rounding of products such as 100 * (1 - 0.9). */
const ROUNDING = 1e-9;

/** The rank (1 = smallest) of quantile q among n samples: the smallest rank with rank / n >= q. */
export function rankOf(n: number, q: number): number {
  return Math.min(n, Math.max(1, Math.ceil(q * n - ROUNDING)));
}

/**
 * True if n samples are enough to print quantile q: at least 10 lie beyond it. The median and lower quantiles always
 * are.
 */
export function isPrintable(n: number, q: number): boolean {
  return n > 0 && (q <= 0.5 || n * (1 - q) >= BEYOND - ROUNDING);
}

/** The fewest samples whose maximum is an upper bound of quantile q with 97.5 %: 72, 368, 3,688 for p95, p99, p99.9. */
export function samplesForMaxBound(q: number): number {
  return Math.ceil(Math.log(MAX_BOUND_RISK) / Math.log(q));
}

/**
 * Ranks [low, high] of the order statistics that enclose quantile q of n samples with 95 %. Null if n is too small, so
 * that one of them does not exist.
 */
export function intervalRanks(n: number, q: number): readonly [low: number, high: number] | null {
  const spread = Z_95 * Math.sqrt(n * q * (1 - q));
  const low = Math.floor(n * q - spread + ROUNDING);
  const high = Math.ceil(n * q + spread - ROUNDING) + 1;
  return low < 1 || high > n ? null : [low, high];
}
