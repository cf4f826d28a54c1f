/** Count, mean and scatter of a sample, as tests of means need them. */
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

/** NaN for an empty list. */
export function meanOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // A second pass removes rounding errors, so that the mean of equal values is exactly that value.
  return mean + values.reduce((sum, value) => sum + (value - mean), 0) / values.length;
}

/** Standard deviation of one value, estimated from the sample (n - 1); 0 with fewer than 2 values. */
export function standardDeviationOf(values: readonly number[]): number {
  const { n, squares } = spreadOf(values);
  return n < 2 ? 0 : Math.sqrt(squares / (n - 1));
}

/** Standard error of the mean. */
export function standardErrorOf(values: readonly number[]): number {
  return standardDeviationOf(values) / Math.sqrt(values.length);
}

/** The middle value, or the mean of the two middle values; NaN for an empty list. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Null for an empty list. All values must be above zero. */
export function geometricMeanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.exp(meanOf(values.map(Math.log)));
}
