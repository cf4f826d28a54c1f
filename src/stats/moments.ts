/** How many values, where they lie and how far they scatter: what tests of means need of a sample. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = meanOf(values);
  return { n: values.length, mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

/** NaN where there are none. */
export function meanOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // A second pass takes out what rounding added: equal values have exactly their own mean.
  return mean + values.reduce((sum, value) => sum + (value - mean), 0) / values.length;
}

/** Of one value, as an estimate from the sample (n - 1); 0 with fewer than 2. */
export function standardDeviationOf(values: readonly number[]): number {
  const { n, squares } = spreadOf(values);
  return n < 2 ? 0 : Math.sqrt(squares / (n - 1));
}

/** Of the mean. */
export function standardErrorOf(values: readonly number[]): number {
  return standardDeviationOf(values) / Math.sqrt(values.length);
}

/** The middle value, or the mean of the two in the middle; NaN where there are none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Null where there are none; all must be above zero. */
export function geometricMeanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.exp(meanOf(values.map(Math.log)));
}
