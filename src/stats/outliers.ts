/**
 * The mean of a few values and its uncertainty, robust against outliers. A value farther from the median than 3.5
 * robust standard deviations (by the median absolute deviation) is moved to that distance and no longer counts as
 * evidence. So an outlier widens the interval, but only up to a limit.
 *
 * Sources: P. J. Huber and E. M. Ronchetti, Robust Statistics (2009), section 6.6 (the mean of such pseudo-values); J.
 * W. Tukey and D. H. McLaughlin, Sankhya A 25 (1963), 331-352 (the remaining standard error and degrees of freedom); C.
 * Croux and P. J. Rousseeuw, COMPSTAT 1992, 411-428 (the median absolute deviation of few values).
 */
import type { Range } from './intervals.js';
import { meanOf, medianOf, standardDeviationOf } from './moments.js';
import { studentQuantile, upperTailP } from './student-t.js';

/** Values up to this many robust standard deviations from the median count as they are. */
const REACH = 3.5;
/** A spread below this share of the largest value comes of rounding. */
const ROUNDING = 1e-12;
/** Standard deviation of a normal distribution divided by its median absolute deviation. */
const OF_NORMAL = 1.4826;
/** Correction factors for 2 to 9 values. From 10 on the factor is n / (n - 0.8). */
const FEW = [1.196, 1.495, 1.363, 1.206, 1.2, 1.14, 1.129, 1.107];

export interface RobustMean {
  readonly mean: number;
  /** Standard deviation of one value, without outliers. */
  readonly deviation: number;
  /** Standard error of the mean. */
  readonly error: number;
  readonly degrees: number;
  /** Number of outliers. */
  readonly astray: number;
}

/** The values in their order, with outliers moved to the limit. */
export function drawnIn(values: readonly number[]): number[] {
  const reach = REACH * robustDeviation(values);
  // More than half of the values are equal, but for rounding, so nothing says how far the others may lie.
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(reach > ROUNDING * largest)) return [...values];
  const middle = medianOf(values);
  return values.map((value) => Math.min(middle + reach, Math.max(middle - reach, value)));
}

/** Null with fewer than 2 values. */
export function robustMean(values: readonly number[]): RobustMean | null {
  if (values.length < 2) return null;
  const drawn = drawnIn(values);
  const astray = drawn.filter((value, i) => value !== values[i]).length;
  const share = 1 - astray / values.length;
  const deviation = standardDeviationOf(drawn) / share;
  return {
    mean: meanOf(drawn),
    deviation,
    error: deviation / Math.sqrt(values.length),
    degrees: values.length - astray - 1,
    astray,
  };
}

/** Interval that covers the true mean with probability `confidence` (0 to 1). */
export function robustInterval({ mean, error, degrees }: RobustMean, confidence: number): Range {
  const half = studentQuantile((1 + confidence) / 2, degrees) * error;
  return [mean - half, mean + half];
}

/** One-sided p for "the true mean is not above `bound`". Values without any spread give 0 or 1. */
export function robustAboveP({ mean, error, degrees }: RobustMean, bound: number): number {
  const excess = mean - bound;
  if (error === 0) return excess > 0 ? 0 : 1;
  return upperTailP(excess / error, degrees);
}

function robustDeviation(values: readonly number[]): number {
  const n = values.length;
  if (n < 2) return 0;
  const middle = medianOf(values);
  return medianOf(values.map((value) => Math.abs(value - middle))) * OF_NORMAL * (FEW[n - 2] ?? n / (n - 0.8));
}
